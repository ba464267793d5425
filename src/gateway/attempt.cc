#include "gateway/attempt.h"

#include <utility>

#include "gateway/backend_request.h"

namespace hearth::gateway {

std::shared_ptr<Attempt> Attempt::Start(std::shared_ptr<Route> route, const wire::Operation& operation,
                                        wire::ResultBuffer& results, std::shared_ptr<Owner> owner) {
  std::shared_ptr<Attempt> attempt(new Attempt(std::move(route), results, std::move(owner)));
  attempt->self_ = attempt;
  attempt->request_ =
      ExecuteRequestFor(attempt->route_->session(), attempt->operation_id_, operation.request());
  attempt->context_.set_initial_metadata_corked(true);  // Headers and request leave in one packet.
  attempt->route_->link->Prepare("ExecutePlan", &attempt->context_, attempt.get());
  attempt->StartWriteLast(&attempt->request_, grpc::WriteOptions());
  attempt->StartRead(&attempt->response_);
  attempt->StartCall();
  return attempt;
}

void Attempt::Cancel() {
  if (route_->link->cluster().engine() == fleet::kNativeEngine) return context_.TryCancel();
  // Apache Spark goes on with what its caller has left, and does not know it any more from then on. So it is
  // told first, and again if it did not know the operation yet.
  route_->link->Call(
      "Interrupt", InterruptRequest(route_->session(), operation_id_),
      [self = shared_from_this()](const grpc::Status& status, const grpc::ByteBuffer& response) {
        if (status.ok() && !self->over_ && !HasInterrupted(response)) return self->Cancel();
        self->context_.TryCancel();
      });
}

void Attempt::OnReadDone(bool ok) {
  if (!ok) return;  // The end; OnDone tells which.
  switch (owner_->OnResponse(std::exchange(response_, grpc::ByteBuffer()))) {
    case wire::ResultBuffer::Room::kYes: StartRead(&response_); break;
    case wire::ResultBuffer::Room::kClosed: Cancel(); break;
    case wire::ResultBuffer::Room::kFull:
      // The next read starts outside of a reaction, so the call is held open for it.
      AddHold();
      results_.OnRoom([self = shared_from_this(), this] {
        StartRead(&response_);
        RemoveHold();
      });
      break;
  }
}

void Attempt::OnDone(const grpc::Status& status) {
  over_ = true;
  const std::shared_ptr<Owner> owner = std::move(owner_);
  owner->OnEnd(status);
  const std::shared_ptr<Attempt> self = std::move(self_);
}

}  // namespace hearth::gateway
