#include "wire/execute_stream.h"

#include <utility>

#include "wire/executor.h"
#include "wire/protocol_error.h"
#include "wire/response_id.h"
#include "wire/session_table.h"

namespace hearth::wire {

namespace {
/// Taking apart a request up to this size costs less than another thread.
constexpr size_t kInlineBytesMax = size_t{256} << 10;
}  // namespace

// ---- admission ----

void ExecuteStream::Begun() { StartRead(&request_); }

void ExecuteStream::OnReadDone(bool ok) {
  if (!ok) {
    Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the request message is missing"));
    return;
  }
  const grpc::Slice request = OnePiece(request_);
  request_.Clear();
  if (request.size() <= kInlineBytesMax) {
    Admit(request);
    return;
  }
  server_.workers.Run([self = shared_from_this(), this, request] { Admit(request); });
}

void ExecuteStream::Admit(const grpc::Slice& request) {
  try {
    kind_ == Kind::kExecute ? Execute(request) : Reattach(request);
  } catch (const SessionChanged& changed) {
    Finish(changed.session()->Report(FailureOf(changed), server_.clock.Now()));
  } catch (...) {
    const Failure failure = FailureOf(std::current_exception());
    Finish(session_ ? session_->Report(failure, server_.clock.Now()) : StatusOf(failure, "", server_.limits));
  }
}

void ExecuteStream::Execute(const grpc::Slice& encoded) {
  ExecuteRequest request = ReadExecuteRequest(encoded);
  request.header = Identified(std::move(request.header));
  session_ = server_.sessions.GetOrOpen(request.header);
  request.plan = UnwrapPlan(request.plan, server_.limits.plan_bytes_max);
  const std::optional<std::string>& id = request.operation_id;
  if (server_.draining && !(id && session_->operations().Find(*id))) {
    Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down"));
    return;
  }
  const auto [operation, created] =
      session_->operations().Admit(session_, std::move(request), server_.clock.Now());
  if (created) Begin(operation);
  AttachTo(operation, std::nullopt, created ? Attachment::kOldest : Attachment::kNewest);
}

void ExecuteStream::Begin(const std::shared_ptr<Operation>& operation) {
  try {
    server_.executor.Execute(operation);
  } catch (...) {
    operation->results().Fail(FailureOf(std::current_exception()));
    operation->MarkStopped();
  }
}

/// The operation goes on after what its client has had from an earlier server. Nullptr if that cannot be.
std::shared_ptr<Operation> ExecuteStream::Resume(const ReattachTarget& target) {
  auto request = server_.executor.BegunEarlier(*session_, target.operation_id);
  if (!request || server_.draining) return nullptr;
  ResultPrefix had;
  if (target.last_response_id) {
    const auto told = ResponseIdSequence(target.operation_id).PrefixOf(*target.last_response_id);
    if (!told) return nullptr;
    had = *told;
  }
  const auto [operation, created] =
      session_->operations().Resume(session_, *std::move(request), had, server_.clock.Now());
  if (created) Begin(operation);
  return operation;
}

void ExecuteStream::Reattach(const grpc::Slice& encoded) {
  const RequestHeader header = HeaderOf(encoded, /*client_type_field=*/4, /*observed_field=*/6);
  const ReattachTarget target = ReadReattachTarget(encoded);
  session_ = server_.sessions.Get(header);
  std::shared_ptr<Operation> operation = session_->operations().Find(target.operation_id);
  if (operation == nullptr) operation = Resume(target);
  if (operation == nullptr) operation = session_->operations().Get(target.operation_id);
  if (!operation->reattachable()) throw CursorNotReattachable();
  std::optional<std::string_view> after;
  if (target.last_response_id) after = *target.last_response_id;
  AttachTo(std::move(operation), after);
}

void ExecuteStream::AttachTo(std::shared_ptr<Operation> operation, std::optional<std::string_view> after,
                             Attachment attachment) {
  auto wake = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) static_cast<ExecuteStream&>(*self).Pump();
  };
  consumer_ = attachment == Attachment::kOldest ? operation->results().AttachOldest(std::move(wake))
                                                : operation->results().Attach(after, std::move(wake));
  operation->SetDetachedSince(std::nullopt);
  operation_ = std::move(operation);
  attached_ = server_.clock.Now();
  const bool watched = operation_->reattachable();
  is_attached_ = true;
  if (cancelled_) Leave();  // The client went while the request was taken apart.
  if (watched) server_.watch(std::static_pointer_cast<ExecuteStream>(shared_from_this()));
  Pump();
}

// ---- writing ----

void ExecuteStream::Pump() {
  if (!is_attached_) return;               // AttachTo pumps when it is done.
  if (signals_.fetch_add(1) != 0) return;  // Whoever pumps now looks again.
  uint32_t seen = 1;
  do {
    Step();
  } while (!signals_.compare_exchange_strong(seen, 0));
}

void ExecuteStream::Step() {
  if (ended_ || writing_) return;
  if (cancelled_) {
    End(grpc::Status::CANCELLED);
    return;
  }
  const Limits& limits = server_.limits;
  const bool full = limits.stream_bytes_max != 0 && sent_bytes_ >= limits.stream_bytes_max;
  if (operation_->reattachable() && (expired_ || full)) {
    End(grpc::Status::OK);
    return;
  }
  ResultBuffer::Taken taken = operation_->results().Take(consumer_);
  switch (taken.kind) {
    case ResultBuffer::Taken::Kind::kResponse: Write(std::move(taken)); break;
    case ResultBuffer::Taken::Kind::kNothingYet:
      // A client may hold its connection until it has the headers, as the Rust one does, which else come with
      // the first response; a client that gets that soon need not read twice.
      if (is_late_ && sent_bytes_ == 0 && !std::exchange(headers_sent_, true)) StartSendInitialMetadata();
      break;
    case ResultBuffer::Taken::Kind::kComplete: End(grpc::Status::OK); break;
    case ResultBuffer::Taken::Kind::kFailed:
      End(session_->Report(*taken.failure, server_.clock.Now()));
      break;
    case ResultBuffer::Taken::Kind::kDisconnected:
      End(session_->Report(FailureOf(CursorDisconnected()), server_.clock.Now()));
      break;
  }
}

void ExecuteStream::Write(ResultBuffer::Taken taken) {
  const bool first = sent_bytes_ == 0;
  sent_bytes_ += taken.body.Length();
  being_written_ = std::move(taken.body);
  grpc::WriteOptions options;
  if (taken.last) {
    ended_ = true;
    LeaveForGood();
    StartWriteAndFinish(&being_written_, options, grpc::Status::OK);
    return;
  }
  // Small responses that follow each other leave in one packet. Not the first: it takes the headers along,
  // and gRPC does not call it written before those are.
  if (taken.more && !first) options.set_buffer_hint();
  writing_ = true;
  StartWrite(&being_written_, options);
}

void ExecuteStream::OnWriteDone(bool ok) {
  if (!ok) cancelled_ = true;
  writing_ = false;
  Pump();
}

void ExecuteStream::End(const grpc::Status& status) {
  ended_ = true;
  LeaveForGood();
  Finish(status);
}

// ---- the end ----

void ExecuteStream::CheckDuration(base::Instant now) {
  if (!is_late_.exchange(true)) Pump();
  const auto max = server_.limits.stream_duration_max;
  if (max.count() == 0 || now - attached_ < max) return;
  expired_ = true;
  Pump();
}

void ExecuteStream::OnCancel() {
  cancelled_ = true;
  Leave();
  Pump();  // gRPC waits for the end of a cancelled stream too.
}

void ExecuteStream::Over() { Leave(); }

/// A plain operation is over with its stream: before the client sees the end, so that it finds its id taken.
void ExecuteStream::LeaveForGood() {
  if (!operation_->reattachable()) Leave();
}

void ExecuteStream::Leave() {
  if (!is_attached_) return;
  // Only the newest reader's departure concerns the operation.
  if (!operation_->results().Detach(consumer_)) return;
  const base::Instant now = server_.clock.Now();
  session_->Touch(now);
  if (operation_->reattachable()) {
    operation_->SetDetachedSince(now);
  } else {
    session_->operations().Remove(operation_, OperationTable::Removal::kReleased, now);
  }
}

}  // namespace hearth::wire
