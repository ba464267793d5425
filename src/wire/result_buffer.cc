#include "wire/result_buffer.h"

#include <algorithm>
#include <utility>

#include "spark/error.h"

namespace hearth::wire {

namespace {

spark::Error InvalidCursor(std::string_view what, spark::Error::Parameters parameters) {
  return spark::Error(spark::ExceptionKind::kSql, "INVALID_CURSOR." + std::string(what),
                      std::move(parameters));
}

}  // namespace

void ResultBuffer::Wakes::Call() {
  if (consumer) consumer();
  if (producer) producer();
}

ResultBuffer::ResultBuffer(Ids ids, bool reattachable, const Limits& limits)
    : ids_(std::move(ids)), reattachable_(reattachable), limits_(limits) {}

// ---- producer ----

bool ResultBuffer::RoomLocked() const { return unsent_bytes_ < limits_.unsent_bytes_max; }

void ResultBuffer::AppendLocked(Response response) {
  const uint64_t position = first_ + held_.size();
  AppendIds({ids_.session_id, ids_.server_side_session_id, ids_.operation_id, response_ids_.At(position)},
            &response.body);
  const size_t bytes = response.bytes();
  rows_ += response.rows;
  bytes_ += static_cast<int64_t>(bytes);
  held_bytes_ += bytes;
  unsent_bytes_ += bytes;
  held_.push_back({std::move(response.body), bytes});
}

ResultBuffer::Room ResultBuffer::Append(Response response) {
  Wakes wakes;
  Room room;
  {
    absl::MutexLock lock(&mutex_);
    if (complete_ || failure_) return Room::kClosed;
    AppendLocked(std::move(response));
    WakeConsumerLocked(&wakes);
    room = RoomLocked() ? Room::kYes : Room::kFull;
  }
  wakes.Call();
  return room;
}

ResultBuffer::Room ResultBuffer::WaitForRoom() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return complete_ || failure_.has_value() || RoomLocked();
  };
  mutex_.Await(absl::Condition(&ready));
  return complete_ || failure_ ? Room::kClosed : Room::kYes;
}

bool ResultBuffer::Push(Response response) {
  Room room = Append(std::move(response));
  if (room == Room::kFull) room = WaitForRoom();
  return room == Room::kYes;
}

void ResultBuffer::OnRoom(std::function<void()> resume) {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    resume_ = std::move(resume);
    WakeProducerIfRoomLocked(&wakes);
  }
  wakes.Call();
}

void ResultBuffer::Complete() {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (complete_ || failure_) return;
    if (reattachable_) AppendLocked(ResultCompleteResponse());
    complete_ = true;
    WakeConsumerLocked(&wakes);
    WakeProducerIfRoomLocked(&wakes);
  }
  wakes.Call();
}

void ResultBuffer::Fail(Failure failure) {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (complete_ || failure_) return;
    failure_ = std::move(failure);
    WakeConsumerLocked(&wakes);
    WakeProducerIfRoomLocked(&wakes);
  }
  wakes.Call();
}

bool ResultBuffer::Reset() {
  absl::MutexLock lock(&mutex_);
  if (furthest_ > 1 || complete_ || failure_) return false;
  held_.clear();
  held_bytes_ = 0;
  unsent_bytes_ = 0;
  rows_ = 0;
  bytes_ = 0;
  return true;
}

void ResultBuffer::WakeConsumerLocked(Wakes* wakes) {
  if (!consumer_waits_) return;
  consumer_waits_ = false;
  wakes->consumer = wake_;
}

void ResultBuffer::WakeProducerIfRoomLocked(Wakes* wakes) {
  if (!resume_ || !(RoomLocked() || complete_ || failure_)) return;
  wakes->producer = std::exchange(resume_, nullptr);
}

// ---- consumer ----

ResultBuffer::Consumer ResultBuffer::Attach(std::optional<std::string_view> after_response_id,
                                            std::function<void()> wake) {
  Wakes wakes;
  Consumer consumer;
  {
    absl::MutexLock lock(&mutex_);
    uint64_t start = 1;
    if (after_response_id) {
      if (!reattachable_) throw InvalidCursor("NOT_REATTACHABLE", {});
      const std::optional<uint64_t> position = response_ids_.PositionOf(*after_response_id);
      if (!position || *position >= first_ + held_.size()) {
        throw InvalidCursor("POSITION_NOT_FOUND", {{"responseId", std::string(*after_response_id)}});
      }
      start = *position + 1;
    }
    if (start < first_) {
      throw InvalidCursor("POSITION_NOT_AVAILABLE",
                          {{"index", std::to_string(start)}, {"responseId", response_ids_.At(start)}});
    }
    wakes.consumer = attached_ ? std::exchange(wake_, nullptr) : nullptr;
    // Back to what is not sent to this consumer yet.
    unsent_bytes_ = 0;
    for (uint64_t position = start; position < first_ + held_.size(); ++position) {
      unsent_bytes_ += held_[position - first_].bytes;
    }
    next_ = start;
    consumer = ++consumer_;
    attached_ = true;
    consumer_waits_ = false;
    wake_ = std::move(wake);
  }
  wakes.Call();
  return consumer;
}

ResultBuffer::Consumer ResultBuffer::AttachOldest(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  if (consumer_ != 0) return 0;  // Nobody's number.
  attached_ = true;
  wake_ = std::move(wake);
  return ++consumer_;
}

ResultBuffer::Taken ResultBuffer::Take(Consumer consumer) {
  Wakes wakes;
  Taken taken;
  {
    absl::MutexLock lock(&mutex_);
    if (consumer != consumer_ || !attached_) {
      taken.kind = Taken::Kind::kDisconnected;
      return taken;
    }
    const uint64_t end = first_ + held_.size();
    if (next_ < end) {
      Held& held = held_[next_ - first_];
      taken.kind = Taken::Kind::kResponse;
      taken.body = held.body;
      unsent_bytes_ -= held.bytes;
      ++next_;
      furthest_ = std::max(furthest_, next_);
      taken.more = next_ < end;
      taken.last = !taken.more && complete_;
      TrimSentLocked();
      WakeProducerIfRoomLocked(&wakes);
    } else if (failure_) {
      taken.kind = Taken::Kind::kFailed;
      taken.failure = failure_;
    } else if (complete_) {
      taken.kind = Taken::Kind::kComplete;
    } else {
      consumer_waits_ = true;
    }
  }
  wakes.Call();
  return taken;
}

bool ResultBuffer::Detach(Consumer consumer) {
  std::function<void()> outlives_lock;  // What `wake` captured may be destroyed with it.
  absl::MutexLock lock(&mutex_);
  if (consumer != consumer_ || !attached_) return false;
  attached_ = false;
  consumer_waits_ = false;
  outlives_lock = std::exchange(wake_, nullptr);
  return true;
}

bool ResultBuffer::ReleaseUntil(std::string_view response_id) {
  absl::MutexLock lock(&mutex_);
  const std::optional<uint64_t> position = response_ids_.PositionOf(response_id);
  if (!position || *position >= first_ + held_.size()) return false;
  // What was never sent cannot be meant.
  while (!held_.empty() && first_ <= *position && first_ < next_) DropOldestLocked();
  return true;
}

void ResultBuffer::DropOldestLocked() {
  held_bytes_ -= held_.front().bytes;
  held_.pop_front();
  ++first_;
}

void ResultBuffer::TrimSentLocked() {
  if (!reattachable_) {
    while (!held_.empty() && first_ < next_) DropOldestLocked();
    return;
  }
  // At least the last one stays: it may be under way when the connection breaks.
  while (first_ + 1 < next_ && held_bytes_ - unsent_bytes_ > limits_.retry_bytes_max) DropOldestLocked();
}

// ---- state ----

ResultBuffer::Numbers ResultBuffer::numbers() const {
  absl::MutexLock lock(&mutex_);
  return {rows_, bytes_, first_ + held_.size() - 1, furthest_ - 1, held_bytes_};
}

bool ResultBuffer::ended() const {
  absl::MutexLock lock(&mutex_);
  return complete_ || failure_.has_value();
}

bool ResultBuffer::attached() const {
  absl::MutexLock lock(&mutex_);
  return attached_;
}

std::optional<Failure> ResultBuffer::failure() const {
  absl::MutexLock lock(&mutex_);
  return failure_;
}

}  // namespace hearth::wire
