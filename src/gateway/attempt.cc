#include "gateway/attempt.h"

#include <grpcpp/alarm.h>

#include <utility>

#include "fleet/launch/keeper.h"
#include "gateway/backend_request.h"
#include "wire/deadline.h"

namespace hearth::gateway {

namespace {
/// An operation is known to Spark some milliseconds after it was sent, which is as long as so many calls
/// take.
constexpr int kInterruptsMax = 50;
}  // namespace

void Attempt::Start(const wire::Operation& operation, bool writes) {
  self_ = shared_from_this();
  writes_ = writes;
  const bool is_native = route_->link->cluster().engine() == fleet::kNativeEngine;
  request_ = ExecuteRequestFor(route_->session(), operation_id_, operation.request(),
                               is_native ? operation.session().server_side_id() + "/" + operation.id() : "");
  // What Apache Spark writes when its gateway is gone might be written again at the client's next try, and a
  // job that it was about to begin when its session is released goes on although nobody knows of it. What the
  // native engine does ends with its connection, or goes through the catalog, once.
  if (!is_native) {
    note_ = fleet::kUnfinishedNote + operation_id_;
    route_->link->cluster().Remember(note_);
  }
  context_.set_initial_metadata_corked(true);  // Headers and request leave in one packet.
  route_->link->Prepare("ExecutePlan", &context_, this);
  StartWriteLast(&request_, grpc::WriteOptions());
  StartRead(&response_);
  StartCall();
}

void Attempt::Cancel() {
  if (cancelled_.exchange(true)) return;
  if (route_->link->cluster().engine() == fleet::kNativeEngine) return context_.TryCancel();
  Interrupt(kInterruptsMax);
}

/// Apache Spark goes on with what its caller has left, and does not know it any more from then on. So it is
/// told first, and again if it may not have known the operation yet.
void Attempt::Interrupt(int tries) {
  route_->link->Call(
      "Interrupt", InterruptRequest(route_->session(), operation_id_),
      [self = shared_from_this(), tries](const grpc::Status& status, const grpc::ByteBuffer& response) {
        const bool may_be_early = status.ok() && !self->begun_ && !self->over_ && !HasInterrupted(response);
        if (may_be_early && tries > 1) return self->Interrupt(tries - 1);
        self->writes_ ? self->AwaitStop() : self->context_.TryCancel();
      });
}

/// Its stream ends when the cluster has stopped.
void Attempt::AwaitStop() {
  stop_by_.Set(wire::DeadlineIn(limits_.write_stop_max), [weak = weak_from_this()](bool is_time) {
    const auto self = weak.lock();
    if (self == nullptr || !is_time || self->over_) return;
    self->goes_on_ = true;
    self->context_.TryCancel();
  });
}

void Attempt::OnReadDone(bool ok) {
  if (!ok) return;  // The end; OnDone tells which.
  begun_ = true;
  switch (owner_->OnResponse(std::exchange(response_, grpc::ByteBuffer()))) {
    case wire::ResultBuffer::Room::kYes: StartRead(&response_); break;
    case wire::ResultBuffer::Room::kClosed: Cancel(); break;
    case wire::ResultBuffer::Room::kFull: WaitForRoom(); break;
  }
}

void Attempt::WaitForRoom() {
  // The next read starts outside of a reaction, so the call is held open for it.
  AddHold();
  // A client that reads on soon costs no file.
  auto patience = std::make_shared<grpc::Alarm>();
  patience->Set(wire::DeadlineIn(limits_.spool_after),
                [self = shared_from_this(), owner = owner_](bool is_over) {
                  if (is_over) self->results_.SpoolFromNow();
                });
  results_.OnRoom([self = shared_from_this(), this, patience] {
    patience->Cancel();
    StartRead(&response_);
    RemoveHold();
  });
}

void Attempt::OnDone(const grpc::Status& status) {
  over_ = true;
  if (!note_.empty()) route_->link->cluster().Forget(note_);
  const std::shared_ptr<Owner> owner = std::move(owner_);
  owner->OnEnd(status, goes_on_);
  const std::shared_ptr<Attempt> self = std::move(self_);
}

}  // namespace hearth::gateway
