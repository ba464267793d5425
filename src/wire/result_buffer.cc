#include "wire/result_buffer.h"

#include <algorithm>
#include <utility>

#include "spark/error.h"
#include "wire/batch_response.h"

namespace hearth::wire {

namespace {

/// What is spooled takes a little memory all the same, which of many small responses adds up.
constexpr uint64_t kUnsentResponsesMax = uint64_t{1} << 18;

spark::Error InvalidCursor(std::string_view what, spark::Error::Parameters parameters) {
  return spark::Error(spark::ExceptionKind::kSql, "INVALID_CURSOR." + std::string(what),
                      std::move(parameters));
}

}  // namespace

void ResultBuffer::Call(Wakes& wakes) {
  for (const SpoolFile::Place& place : wakes.freed) spool_->Free(place);
  if (wakes.consumer) wakes.consumer();
  if (wakes.producer) wakes.producer();
}

ResultBuffer::ResultBuffer(Ids ids, bool reattachable, const Limits& limits)
    : ids_(std::move(ids)), reattachable_(reattachable), limits_(limits), response_ids_(ids_.operation_id) {}

ResultBuffer::~ResultBuffer() {
  absl::MutexLock lock(&mutex_);
  if (space_ != nullptr) space_->AddMemory(-static_cast<int64_t>(memory_bytes_));
}

void ResultBuffer::SpoolInto(std::shared_ptr<SpoolSpace> space) {
  space_ = std::move(space);
  spool_ = std::make_unique<SpoolFile>(space_);
}

// ---- producer ----

bool ResultBuffer::RoomLocked() const {
  if (EndLocked() - next_ >= kUnsentResponsesMax) return false;
  return unsent_memory_ < limits_.unsent_bytes_max || SpoolsLocked(/*bytes=*/0);
}

/// Whether a response of this size goes to the spool.
bool ResultBuffer::SpoolsLocked(size_t bytes) const {
  if (spool_ == nullptr || !spool_->HasRoom()) return false;
  return spools_ || space_->IsShortOfMemory(memory_bytes_ + bytes);
}

void ResultBuffer::InsertLocked(Held held, bool ahead) {
  const size_t memory = held.place ? 0 : held.bytes;
  rows_ += held.rows;
  bytes_ += static_cast<int64_t>(held.bytes);
  held_bytes_ += held.bytes;
  unsent_bytes_ += held.bytes;
  memory_bytes_ += memory;
  unsent_memory_ += memory;
  if (space_ != nullptr) space_->AddMemory(static_cast<int64_t>(memory));
  if (!ahead || !gate_) {
    held_.push_back(std::move(held));
    return;
  }
  held_.insert(held_.begin() + static_cast<ptrdiff_t>(*gate_ - first_), std::move(held));
  ++*gate_;
}

ResultBuffer::Room ResultBuffer::Add(Response response, bool ahead) {
  Held held;
  held.bytes = response.bytes();
  held.rows = response.rows;
  held.is_schema = response.is_schema;
  bool spools;
  {
    absl::MutexLock lock(&mutex_);
    spools = SpoolsLocked(held.bytes);
  }
  if (spools) held.place = spool_->Write(response.body);
  if (!held.place) held.body = std::move(response.body);
  Wakes wakes;
  Room room;
  {
    absl::MutexLock lock(&mutex_);
    if (ClosedLocked()) {
      if (held.place) wakes.freed.push_back(*held.place);
      room = Room::kClosed;
    } else {
      InsertLocked(std::move(held), ahead);
      WakeConsumerLocked(&wakes);
      room = RoomLocked() ? Room::kYes : Room::kFull;
    }
  }
  Call(wakes);
  return room;
}

void ResultBuffer::BeginAfter(uint64_t responses, int64_t rows) {
  absl::MutexLock lock(&mutex_);
  first_ = next_ = furthest_ = responses + 1;
  rows_ = delivered_rows_ = rows;
  schema_delivered_ = rows > 0;
}

ResultBuffer::Room ResultBuffer::Append(Response response) {
  return Add(std::move(response), /*ahead=*/false);
}

ResultBuffer::Room ResultBuffer::AppendAhead(Response response) {
  return Add(std::move(response), /*ahead=*/true);
}

ResultBuffer::Room ResultBuffer::WaitForRoom() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]()
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ClosedLocked() || RoomLocked(); };
  mutex_.Await(absl::Condition(&ready));
  return ClosedLocked() ? Room::kClosed : Room::kYes;
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
  Call(wakes);
}

void ResultBuffer::SpoolFromNow() {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (unsent_memory_ < limits_.unsent_bytes_max) return;  // It caught up meanwhile.
    spools_ = true;
    WakeProducerIfRoomLocked(&wakes);
  }
  Call(wakes);
}

uint64_t ResultBuffer::HoldBack() {
  absl::MutexLock lock(&mutex_);
  if (!ClosedLocked()) gate_ = EndLocked();
  return ++hold_;
}

void ResultBuffer::Open(uint64_t hold) {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (hold != hold_) return;
    OpenLocked(&wakes);
  }
  Call(wakes);
}

void ResultBuffer::OpenLocked(Wakes* wakes) {
  if (gate_ && *gate_ < EndLocked()) WakeConsumerLocked(wakes);
  gate_ = std::nullopt;
}

void ResultBuffer::Complete() {
  Response last = ResultCompleteResponse();
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (ClosedLocked()) return;
    OpenLocked(&wakes);
    if (reattachable_) {
      Held held;
      held.bytes = last.bytes();
      held.body = std::move(last.body);
      InsertLocked(std::move(held), /*ahead=*/false);
    }
    complete_ = true;
    ForgetRowsAtEndLocked();
    WakeConsumerLocked(&wakes);
    WakeProducerIfRoomLocked(&wakes);
  }
  Call(wakes);
}

void ResultBuffer::Fail(Failure failure) {
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    if (ClosedLocked()) return;
    if (gate_) DropFromLocked(*gate_, &wakes);
    gate_ = std::nullopt;
    failure_ = std::move(failure);
    ForgetRowsAtEndLocked();
    WakeConsumerLocked(&wakes);
    WakeProducerIfRoomLocked(&wakes);
  }
  Call(wakes);
}

void ResultBuffer::RememberRows(const DeliveredRows::Limits& limits) {
  absl::MutexLock lock(&mutex_);
  if (ClosedLocked() || delivered_) return;
  delivered_.emplace(limits);
  if (delivered_rows_ > 0) delivered_->Add(std::nullopt, 0);  // Too late: some are not known.
}

void ResultBuffer::RememberRows(DeliveredRows delivered) {
  absl::MutexLock lock(&mutex_);
  if (ClosedLocked() || delivered_ || !delivered.is_whole() || delivered.all().count != delivered_rows_)
    return;
  delivered_.emplace(std::move(delivered));
}

/// Not before: the ids of what is delivered after the end tell of the rows as well.
void ResultBuffer::ForgetRowsAtEndLocked() {
  if (ClosedLocked() && furthest_ == EndLocked()) delivered_ = std::nullopt;
}

std::optional<ResultBuffer::Delivered> ResultBuffer::DropUndelivered() {
  Wakes wakes;
  std::optional<Delivered> delivered;
  {
    absl::MutexLock lock(&mutex_);
    if (ClosedLocked()) return std::nullopt;
    DropFromLocked(furthest_, &wakes);
    gate_ = std::nullopt;
    ++hold_;
    spools_ = false;
    delivered = Delivered{furthest_ - 1, delivered_rows_, schema_delivered_, delivered_};
  }
  Call(wakes);
  return delivered;
}

void ResultBuffer::DropFromLocked(uint64_t position, Wakes* wakes) {
  ++drops_;
  while (EndLocked() > position) {
    const Held& last = held_.back();
    rows_ -= last.rows;
    bytes_ -= static_cast<int64_t>(last.bytes);
    unsent_bytes_ -= last.bytes;
    if (!last.place) unsent_memory_ -= last.bytes;
    FreeLocked(last, wakes);
    held_.pop_back();
  }
}

void ResultBuffer::FreeLocked(const Held& held, Wakes* wakes) {
  held_bytes_ -= held.bytes;
  if (held.place) {
    wakes->freed.push_back(*held.place);
    return;
  }
  memory_bytes_ -= held.bytes;
  if (space_ != nullptr) space_->AddMemory(-static_cast<int64_t>(held.bytes));
}

void ResultBuffer::WakeConsumerLocked(Wakes* wakes) {
  if (!consumer_waits_) return;
  consumer_waits_ = false;
  wakes->consumer = wake_;
}

void ResultBuffer::WakeProducerIfRoomLocked(Wakes* wakes) {
  if (!resume_ || !(RoomLocked() || ClosedLocked())) return;
  wakes->producer = std::exchange(resume_, nullptr);
}

// ---- consumer ----

uint64_t ResultBuffer::StartAfterLocked(std::string_view response_id) const {
  if (!reattachable_) throw InvalidCursor("NOT_REATTACHABLE", {});
  const std::optional<uint64_t> position = response_ids_.PositionOf(response_id);
  const bool is_there = position && *position < furthest_;
  if (!is_there ||
      (*position >= first_ && response_id != response_ids_.At(*position, held_[*position - first_].past))) {
    throw InvalidCursor("POSITION_NOT_FOUND", {{"responseId", std::string(response_id)}});
  }
  return *position + 1;
}

ResultBuffer::Consumer ResultBuffer::Attach(std::optional<std::string_view> after_response_id,
                                            std::function<void()> wake) {
  Wakes wakes;
  Consumer consumer;
  {
    absl::MutexLock lock(&mutex_);
    const uint64_t start = after_response_id ? StartAfterLocked(*after_response_id) : 1;
    if (start < first_) {
      throw InvalidCursor("POSITION_NOT_AVAILABLE",
                          {{"index", std::to_string(start)},
                           {"responseId", after_response_id ? std::string(*after_response_id)
                                                            : response_ids_.At(start, {})}});
    }
    wakes.consumer = attached_ ? std::exchange(wake_, nullptr) : nullptr;
    // Back to what is not sent to this consumer yet.
    unsent_bytes_ = 0;
    unsent_memory_ = 0;
    for (uint64_t position = start; position < EndLocked(); ++position) {
      const Held& held = held_[position - first_];
      unsent_bytes_ += held.bytes;
      if (!held.place) unsent_memory_ += held.bytes;
    }
    next_ = start;
    consumer = ++consumer_;
    attached_ = true;
    consumer_waits_ = false;
    wake_ = std::move(wake);
  }
  Call(wakes);
  return consumer;
}

ResultBuffer::Consumer ResultBuffer::AttachOldest(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  if (consumer_ != 0) return 0;  // Nobody's number.
  attached_ = true;
  wake_ = std::move(wake);
  return ++consumer_;
}

bool ResultBuffer::BeginTakeLocked(Consumer consumer, Taking* taking, Taken* taken) {
  if (consumer != consumer_ || !attached_) {
    taken->kind = Taken::Kind::kDisconnected;
    return true;
  }
  if (next_ < VisibleEndLocked()) {
    const Held& held = held_[next_ - first_];
    const bool remember = delivered_ && next_ >= furthest_ && held.rows > 0 && delivered_->is_whole();
    *taking = {.position = next_, .drops = drops_, .place = held.place, .remember = remember, .rows = {}};
    taken->kind = Taken::Kind::kResponse;
    taken->body = held.body;
    return false;
  }
  if (failure_) {
    taken->kind = Taken::Kind::kFailed;
    taken->failure = failure_;
  } else if (complete_) {
    taken->kind = Taken::Kind::kComplete;
  } else {
    consumer_waits_ = true;
  }
  return true;
}

/// What takes long: reads what is spooled, looks at the rows.
absl::Status ResultBuffer::Prepare(Taking* taking, Taken* taken) const {
  if (taking->place) {
    absl::StatusOr<grpc::ByteBuffer> body = spool_->Read(*taking->place);
    if (!body.ok()) return body.status();
    taken->body = *std::move(body);
  }
  if (taking->remember) taking->rows = RowHashesOf(taken->body);
  return absl::OkStatus();
}

void ResultBuffer::FinishTakeLocked(const Taking& taking, Taken* taken, Wakes* wakes) {
  Held& held = held_[next_ - first_];
  unsent_bytes_ -= held.bytes;
  if (!held.place) unsent_memory_ -= held.bytes;
  ++next_;
  if (next_ > furthest_) {
    furthest_ = next_;
    delivered_rows_ += held.rows;
    schema_delivered_ = schema_delivered_ || held.is_schema;
    if (delivered_ && held.rows > 0) delivered_->Add(taking.rows, held.bytes);
    held.past = {delivered_rows_, delivered_ ? delivered_->digest() : std::nullopt};
  }
  AppendIds({ids_.session_id, ids_.server_side_session_id, ids_.operation_id,
             response_ids_.At(taking.position, held.past)},
            &taken->body);
  taken->more = next_ < VisibleEndLocked();
  taken->last = next_ == EndLocked() && complete_;
  ForgetRowsAtEndLocked();
  if (unsent_bytes_ == 0) spools_ = false;
  TrimSentLocked(wakes);
  WakeProducerIfRoomLocked(wakes);
}

ResultBuffer::Taken ResultBuffer::Take(Consumer consumer) {
  Wakes wakes;
  Taken taken;
  Taking taking;
  bool prepared = false;
  absl::Status unreadable;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const bool stands = prepared && consumer == consumer_ && attached_ && taking.position == next_ &&
                          taking.drops == drops_;
      // What was dropped meanwhile may well be unreadable.
      if (stands && !unreadable.ok()) break;
      if (!stands) {
        taken = Taken();
        if (BeginTakeLocked(consumer, &taking, &taken)) return taken;
      }
      if (stands || (!taking.place && !taking.remember)) {
        FinishTakeLocked(taking, &taken, &wakes);
        break;
      }
    }
    unreadable = Prepare(&taking, &taken);
    prepared = true;
  }
  if (!unreadable.ok()) {
    taken = Taken();
    taken.kind = Taken::Kind::kFailed;
    taken.failure = FailureOf(grpc::Status(grpc::StatusCode::INTERNAL, std::string(unreadable.message())));
    Fail(*taken.failure);  // Unless it is complete; the consumer hears of it anyway.
    return taken;
  }
  Call(wakes);
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
  const std::optional<uint64_t> position = response_ids_.PositionOf(response_id);
  Wakes wakes;
  {
    absl::MutexLock lock(&mutex_);
    // What was never sent cannot be meant.
    if (!position || *position >= furthest_) return false;
    while (!held_.empty() && first_ <= *position && first_ < next_) DropOldestLocked(&wakes);
  }
  Call(wakes);
  return true;
}

void ResultBuffer::DropOldestLocked(Wakes* wakes) {
  FreeLocked(held_.front(), wakes);
  held_.pop_front();
  ++first_;
}

void ResultBuffer::TrimSentLocked(Wakes* wakes) {
  if (!reattachable_) {
    while (!held_.empty() && first_ < next_) DropOldestLocked(wakes);
    return;
  }
  // At least the last one stays: it may be under way when the connection breaks.
  while (first_ + 1 < next_ && held_bytes_ - unsent_bytes_ > limits_.retry_bytes_max) DropOldestLocked(wakes);
}

// ---- state ----

ResultBuffer::Numbers ResultBuffer::numbers() const {
  absl::MutexLock lock(&mutex_);
  return {rows_, bytes_, EndLocked() - 1, furthest_ - 1, held_bytes_, held_bytes_ - memory_bytes_};
}

bool ResultBuffer::has_room() const {
  absl::MutexLock lock(&mutex_);
  return RoomLocked();
}

bool ResultBuffer::ended() const {
  absl::MutexLock lock(&mutex_);
  return ClosedLocked();
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
