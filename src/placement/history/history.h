// What operations of one fingerprint have needed, and what that says of the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "placement/history/series.h"
#include "placement/size/estimate.h"

namespace hearth::placement {

/// One attempt, as it was seen. What is not known is negative.
struct Observation {
  double work = -1;         ///< processor time in seconds; never wall time
  double peak_memory = -1;  ///< bytes, without those that an idle engine holds
  /// It was ended before it was done: it needs at least that much.
  bool work_is_bound = false;
  /// It reached its limit, or spilled: it would hold at least that much if it could.
  bool memory_is_bound = false;
  /// Others ran on its cluster meanwhile, and what they took is in it: it needs at most that much.
  bool shared = false;
  /// What was estimated of it from its plan (EstimateOf), not corrected; medians. 0: nothing was.
  double planned_work = 0;
  double planned_memory = 0;
};

/// Whose history: attempts of one workload on one engine.
struct Workload {
  /// Of the plan's shape, or the name that its user gave it.
  std::string fingerprint;
  std::string engine;
};

/// Remembers the latest attempts of so many workloads. Robust to one outlier among three or more, and follows
/// drift: older attempts count for less. Thread-safe; nothing waits for long.
class History {
 public:
  struct Limits {
    /// The one that was added to least recently makes room.
    size_t fingerprints_max = 10'000;
  };
  /// Of one fingerprint the one added to least recently makes room.
  static constexpr size_t kEnginesMax = 4;
  static constexpr size_t kNameMax =
      128;  ///< bytes of fingerprints and engines; longer ones are not remembered
  /// Encode never gives more.
  static constexpr size_t kRecordBytesMax = 4096;

  explicit History(Limits limits) : limits_(limits) {}
  History() : History(Limits{}) {}

  /// What makes no sense (not a number, negative, beyond Amount::kMedianMax) counts as not known.
  /// `version`: of the engine; what other ones took counts for less.
  void Add(const Workload& workload, std::string_view version, const Observation& observation);

  /// `planned` (of EstimateOf) with what history says of work and memory. What it does not know stays as
  /// planned.
  Estimate Correct(const Workload& workload, std::string_view version, Estimate planned) const;

  /// How many attempts are remembered of it.
  size_t Runs(const Workload& workload) const;
  /// Fingerprints.
  size_t size() const;
  bool Knows(const std::string& fingerprint) const;

  /// All of one fingerprint, for the store; "" if there is nothing.
  std::string Encode(const std::string& fingerprint) const;
  /// Takes what Encode gave, in place of what is remembered. False, and nothing happens, for bytes that are
  /// damaged, or of a form that this program does not know.
  bool Decode(const std::string& fingerprint, std::string_view record);

 private:
  struct Entry {
    std::string fingerprint;
    std::vector<Series> engines;  // added to most recently first
  };
  using Entries = std::list<Entry>;

  const Series* Find(const Workload& workload) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Entry& Place(const std::string& fingerprint) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);  // added to most recently first
  std::unordered_map<std::string, Entries::iterator> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::placement
