// What operations of one fingerprint have needed, and what that says of the next one.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "placement/size/estimate.h"

namespace hearth::placement {

/// One attempt, as it was seen. What is not known is negative.
struct Observation {
  double work = -1;         ///< processor time in seconds; never wall time
  double peak_memory = -1;  ///< bytes
  double input_bytes = -1;  ///< as far as it is known what was read
  /// It was ended before it was done: it needs at least that much.
  bool work_is_bound = false;
  /// It reached its limit, or spilled: it would hold more if it could.
  bool memory_is_bound = false;
  /// Others ran on its cluster meanwhile, and what they took is in it: it needs at most that much.
  bool shared = false;
  /// What was estimated from the plan (EstimateOf, not corrected); medians. 0: nothing was.
  double planned_work = 0;
  double planned_memory = 0;
  double planned_bytes = 0;
};

/// Whose history: attempts of one workload on one engine.
struct Workload {
  /// Of the plan's shape, or the name that its user gave it.
  std::string fingerprint;
  std::string engine;
};

/// Remembers the latest attempts of so many workloads. Robust to one outlier in three or more, follows drift.
/// Thread-safe; nothing waits for long.
class History {
 public:
  struct Limits {
    /// The workload that was used least recently makes room.
    size_t fingerprints_max = 10'000;
  };
  /// Of one fingerprint, for all engines; Encode never gives more.
  static constexpr size_t kRecordBytesMax = 4096;

  explicit History(Limits limits) : limits_(limits) {}
  History() : History(Limits{}) {}

  /// What makes no sense (not a number, negative, beyond Amount::kMedianMax) counts as not known. A workload
  /// of more than four engines forgets the one not heard of for longest. `version`: of the engine; what older
  /// ones took counts for less.
  void Add(const Workload& workload, std::string_view version, const Observation& observation);

  /// `planned` (of EstimateOf) with what history says of it. What history does not know stays as planned.
  Estimate Correct(const Workload& workload, std::string_view version, const Estimate& planned) const;

  /// How many attempts are remembered of it.
  size_t Runs(const Workload& workload) const;
  size_t size() const;

  /// All of one fingerprint, for the store; "" if there is nothing.
  std::string Encode(const std::string& fingerprint) const;
  /// Takes what Encode gave, in place of what is remembered. False, and nothing happens, for bytes that are
  /// damaged, or those of a version that this one does not know.
  bool Decode(const std::string& fingerprint, std::string_view record);
};

}  // namespace hearth::placement
