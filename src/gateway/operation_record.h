#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "placement/scheduler.h"
#include "placement/size/estimate.h"

namespace hearth::gateway {

/// Why an attempt went where it did, as it was seen then.
struct PlacementRecord {
  placement::Reason reason;
  /// Of the reason, or what had to be this cluster.
  std::string text;
  /// What the native engine would not run, if that is why it is on this one.
  std::string declined;
  /// When it was expected to be over; negative: nobody said.
  double predicted_ms = -1;
  /// What it was expected to need, with sources.
  placement::Estimate estimate;
  std::string profile;
  std::string profile_cause;
};

/// One try of an operation on one cluster. Times as in OperationRecord.
struct AttemptRecord {
  PlacementRecord placement;
  std::string cluster;
  std::string engine;
  std::string version;
  double began_ms = 0;
  double ended_ms = -1;
  int64_t rows = 0;
  /// "succeeded", "declined", "cancelled", or what it failed by: "user_error", "resources", "infrastructure",
  /// "engine_suspect", "misfit" (it could not go on after what its client had had), "restarted" (elsewhere,
  /// as placement asked).
  std::string verdict = "running";
  /// What the verdict came of, in words: the feature that was declined, how the cluster died, why placement
  /// asked. Empty if the verdict or the operation's error says it.
  std::string cause;
  /// Of what the cluster took meanwhile, for whomever; see fleet::ClusterUsage.
  uint64_t peak_memory_bytes = 0;
  uint64_t idle_memory_bytes = 0;
  double cpu_seconds = -1;
  bool shared = false;
};

/// What is known of an operation from outside: the line of the log and the row of `hearth status`. Times are
/// milliseconds since its admission; negative if it did not come to that.
struct OperationRecord {
  std::string operation_id;
  std::string session_id;
  std::string user_id;
  std::string kind;
  std::string operation_class;
  /// Empty for a plan that cannot be decoded.
  std::string fingerprint;
  /// The job that asks, as its connection names it; "" for none.
  std::string workload;
  /// See PlanSummary.
  std::string text;
  /// Of the latest attempt, and why it was chosen.
  std::string cluster;
  std::string placement;
  std::vector<AttemptRecord> attempts;
  /// Attempts that went on after rows that the client had had.
  int continued = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
  /// Of a short result: the same rows give the same one, in any order, from any engine. "" for a longer one.
  std::string result_hash;
  double queued_ms = -1;
  double sent_ms = -1;
  double first_row_ms = -1;
  double total_ms = -1;
  /// "running", "succeeded", "failed", "cancelled".
  std::string outcome = "running";
  /// The condition, or the message of an error without one.
  std::string error;
  /// Milliseconds since the epoch.
  int64_t started_at_ms = 0;

  /// One line of JSON.
  std::string ToJson() const;
};

/// Running operations and the latest finished ones. Writes each finished one to the sink, as a line.
/// Thread-safe.
class OperationLog {
 public:
  using Sink = std::function<void(const std::string& line)>;
  OperationLog(size_t finished_max, Sink sink) : finished_max_(finished_max), sink_(std::move(sink)) {}

  void Update(const OperationRecord& record);
  void Finish(const OperationRecord& record);

  /// Oldest first.
  std::vector<OperationRecord> Recent() const;

  struct Counts {
    size_t running;
    /// Since the start.
    uint64_t finished;
  };
  Counts counts() const;

 private:
  const size_t finished_max_;
  const Sink sink_;
  mutable absl::Mutex mutex_;
  std::map<std::string, OperationRecord> running_ ABSL_GUARDED_BY(mutex_);
  std::deque<OperationRecord> finished_ ABSL_GUARDED_BY(mutex_);
  uint64_t finished_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hearth::gateway
