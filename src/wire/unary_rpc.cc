#include "wire/unary_rpc.h"

#include <utility>

#include "wire/request.h"
#include "wire/response.h"
#include "wire/session_table.h"

namespace hearth::wire {

void UnaryRpc::OnReadDone(bool ok) {
  if (!ok) {
    Refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the request message is missing"));
    return;
  }
  const grpc::Slice request = OnePiece(request_);
  request_.Clear();
  try {
    handler_(server_, std::static_pointer_cast<UnaryRpc>(shared_from_this()), request);
  } catch (const SessionChanged& changed) {
    Refuse(changed.session()->Report(FailureOf(changed), server_.clock.Now()));
  } catch (...) {
    Fail(FailureOf(std::current_exception()));
  }
}

void UnaryRpc::BelongsTo(std::shared_ptr<Session> session, int session_id_field,
                         int server_side_session_id_field) {
  session_ = std::move(session);
  session_id_field_ = session_id_field;
  server_side_session_id_field_ = server_side_session_id_field;
}

/// True for the first answer only; the client's departure no longer matters then.
bool UnaryRpc::Answering() {
  std::function<void()> outlives_lock;
  absl::MutexLock lock(&mutex_);
  if (answered_) return false;
  answered_ = true;
  outlives_lock = std::exchange(cancel_, nullptr);
  return true;
}

void UnaryRpc::Send(grpc::ByteBuffer response) {
  if (!Answering()) return;
  response_ = std::move(response);
  if (session_) {
    AppendSessionIds(session_->key().session_id, session_id_field_, session_->server_side_id(),
                     server_side_session_id_field_, &response_);
  }
  StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
}

void UnaryRpc::Fail(const Failure& failure) {
  Refuse(session_ ? session_->Report(failure, server_.clock.Now()) : StatusOf(failure, "", server_.limits));
}

void UnaryRpc::Refuse(const grpc::Status& status) {
  if (Answering()) Finish(status);
}

void UnaryRpc::OnCancel(std::function<void()> cancel) {
  {
    absl::MutexLock lock(&mutex_);
    if (answered_) return;
    if (!cancelled_) {
      cancel_ = std::move(cancel);
      return;
    }
  }
  cancel();
}

void UnaryRpc::OnCancel() {
  std::function<void()> cancel;
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    cancel = std::exchange(cancel_, nullptr);
  }
  if (cancel) cancel();
  Refuse(grpc::Status::CANCELLED);
}

}  // namespace hearth::wire
