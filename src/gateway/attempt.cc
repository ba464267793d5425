#include "gateway/attempt.h"

#include <utility>

#include "gateway/backend_request.h"
#include "wire/uuid.h"

namespace hearth::gateway {

std::shared_ptr<Attempt> Attempt::Start(std::shared_ptr<Route> route, const wire::Operation& operation,
                                        wire::ResultBuffer& results, std::shared_ptr<Owner> owner) {
  std::shared_ptr<Attempt> attempt(new Attempt(std::move(route), results, std::move(owner)));
  attempt->self_ = attempt;
  // An id of its own: a cluster must never take a second attempt for the first.
  attempt->request_ = ExecuteRequestFor(attempt->route_->session(), wire::NewUuid(), operation.request());
  attempt->context_.set_initial_metadata_corked(true);  // Headers and request leave in one packet.
  attempt->route_->link->Prepare("ExecutePlan", &attempt->context_, attempt.get());
  attempt->StartWriteLast(&attempt->request_, grpc::WriteOptions());
  attempt->StartRead(&attempt->response_);
  attempt->StartCall();
  return attempt;
}

void Attempt::OnReadDone(bool ok) {
  if (!ok) return;  // The end; OnDone tells which.
  switch (owner_->OnResponse(std::exchange(response_, grpc::ByteBuffer()))) {
    case wire::ResultBuffer::Room::kYes: StartRead(&response_); break;
    case wire::ResultBuffer::Room::kClosed: context_.TryCancel(); break;
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
  const std::shared_ptr<Owner> owner = std::move(owner_);
  owner->OnEnd(status);
  const std::shared_ptr<Attempt> self = std::move(self_);
}

}  // namespace hearth::gateway
