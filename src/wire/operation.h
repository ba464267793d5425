#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "wire/request.h"
#include "wire/result_buffer.h"

namespace hearth::wire {

class Session;

/// One ExecutePlan from its admission to its release: what was asked, the buffer its responses go through,
/// and how to stop it. Shared by the table of its session, by the RPC that reads it and by whatever produces
/// its responses.
///
/// The producer's side of the contract: append to results(), end with Complete or Fail, stop when results()
/// says kClosed, and register with OnCancel whatever makes a blocking step give up early. Thread-safe.
class Operation {
 public:
  enum class State { kRunning, kSucceeded, kFailed, kCancelled };

  /// `had`: of an operation whose client has had the beginning of the result from an earlier server.
  Operation(std::shared_ptr<Session> session, ExecuteRequest request, std::string id, const Limits& limits,
            base::Instant now, std::optional<ResultPrefix> had = std::nullopt);

  const std::string& id() const { return id_; }
  Session& session() const { return *session_; }
  const std::shared_ptr<Session>& shared_session() const { return session_; }
  const ExecuteRequest& request() const { return request_; }
  /// Equal for equal plans, however they were compressed.
  uint64_t plan_digest() const { return plan_digest_; }
  bool reattachable() const { return request_.reattachable; }
  const std::optional<ResultPrefix>& had() const { return had_; }
  ResultBuffer& results() { return results_; }
  const ResultBuffer& results() const { return results_; }

  /// `cancel` runs once when the operation shall stop before its end (interrupt, release, abandoned client),
  /// at once if that happened already; never with a lock held. Not called after MarkStopped.
  void OnCancel(std::function<void()> cancel);

  /// Ends the results with this failure and calls what OnCancel registered. False if the results had ended
  /// before.
  bool Cancel(Failure why);
  bool cancelled() const;

  /// The producer is gone and touches nothing of this operation any more. Required once from every producer.
  void MarkStopped();

  /// The producer has found where to work on it: it waits no longer, and queue_timeout is no more its limit.
  void MarkBegun() { begun_ = true; }
  bool begun() const { return begun_; }

  State state() const;
  base::Instant started() const { return started_; }

  /// When the last RPC left it, nullopt while one is attached. Set by the server.
  std::optional<base::Instant> detached_since() const;
  void SetDetachedSince(std::optional<base::Instant> since);

 private:
  const std::shared_ptr<Session> session_;
  const ExecuteRequest request_;
  const std::string id_;
  const uint64_t plan_digest_;
  const base::Instant started_;
  const std::optional<ResultPrefix> had_;
  ResultBuffer results_;

  std::atomic<bool> begun_{false};
  mutable absl::Mutex mutex_;
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<base::Instant> detached_since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
