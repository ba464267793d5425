#pragma once

#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "fleet/fleet.h"
#include "gateway/router.h"

namespace hearth::gateway {

/// Asks every ready cluster now and then whether it is there, and tells the fleet how long an answer is owed:
/// a process that hangs keeps its connection. Event-driven; thread-safe.
class Heartbeat {
 public:
  Heartbeat(fleet::Fleet& fleet, Router& router);
  /// Waits for the open questions: the fleet has stopped, so they end.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Call it some times a second. What a cluster owes while this process itself stands still is not held
  /// against it: the time between two calls counts as one second at most, and not at all if the threads that
  /// take answers were busy all the while.
  void Tick(base::Instant now);

 private:
  /// Between two questions to one cluster.
  static constexpr std::chrono::milliseconds kPause{1'000};
  struct Beat {
    std::shared_ptr<fleet::Cluster> cluster;
    /// A question is open.
    bool asked = false;
    /// Since the question; without one since the answer.
    std::chrono::milliseconds passed{0};
  };
  std::chrono::milliseconds PassedLocked(base::Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskOurselves();
  void Ask(const std::shared_ptr<Beat>& beat);

  fleet::Fleet& fleet_;
  Router& router_;
  /// A call to nowhere, which has failed when it begins: it shows that its end is told.
  grpc::GenericStub nowhere_;
  absl::Mutex mutex_;
  /// Calls that have not ended.
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Answers were taken since the last tick.
  bool takes_answers_ ABSL_GUARDED_BY(mutex_) = true;
  bool asked_ourselves_ ABSL_GUARDED_BY(mutex_) = false;
  base::Instant last_tick_ ABSL_GUARDED_BY(mutex_);
  /// By the id of the cluster; what is in them too is guarded by the mutex.
  std::map<std::string, std::shared_ptr<Beat>> beats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
