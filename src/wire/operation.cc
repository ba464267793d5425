#include "wire/operation.h"

#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "wire/session.h"

namespace hearth::wire {

namespace {

uint64_t DigestOf(const grpc::Slice& plan) { return absl::HashOf(BytesOf(plan)); }

}  // namespace

Operation::Operation(std::shared_ptr<Session> session, ExecuteRequest request, std::string id,
                     const Limits& limits, base::Instant now, std::optional<ResultPrefix> had)
    : session_(std::move(session)),
      request_(std::move(request)),
      id_(std::move(id)),
      plan_digest_(DigestOf(request_.plan)),
      started_(now),
      had_(had),
      results_({session_->key().session_id, session_->server_side_id(), id_}, request_.reattachable, limits) {
  if (had_) results_.BeginAfter(had_->responses, had_->rows);
}

void Operation::OnCancel(std::function<void()> cancel) {
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return;
    if (!cancelled_) {
      cancel_ = std::move(cancel);
      return;
    }
  }
  cancel();
}

bool Operation::Cancel(Failure why) {
  if (results_.ended()) return false;
  std::function<void()> cancel;
  {
    absl::MutexLock lock(&mutex_);
    if (cancelled_) return false;
    cancelled_ = true;
    cancel = std::exchange(cancel_, nullptr);
  }
  // The client hears of it at once; the producer finds its buffer closed.
  results_.Fail(std::move(why));
  if (cancel) cancel();
  return true;
}

bool Operation::cancelled() const {
  absl::MutexLock lock(&mutex_);
  return cancelled_;
}

void Operation::MarkStopped() {
  std::function<void()> outlives_lock;
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  outlives_lock = std::exchange(cancel_, nullptr);
}

Operation::State Operation::state() const {
  const bool ended = results_.ended();
  absl::MutexLock lock(&mutex_);
  if (cancelled_) return State::kCancelled;
  if (!ended) return State::kRunning;
  return results_.failure() ? State::kFailed : State::kSucceeded;
}

std::optional<base::Instant> Operation::detached_since() const {
  absl::MutexLock lock(&mutex_);
  return detached_since_;
}

void Operation::SetDetachedSince(std::optional<base::Instant> since) {
  absl::MutexLock lock(&mutex_);
  detached_since_ = since;
}

}  // namespace hearth::wire
