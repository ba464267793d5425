#pragma once

#include <grpcpp/alarm.h>

#include <atomic>
#include <memory>
#include <string>

#include "gateway/router.h"
#include "wire/operation.h"
#include "wire/uuid.h"

namespace hearth::gateway {

/// One try of an operation on one cluster: a result stream from there, passed on as it comes, read no faster
/// than the client takes it or the spool has room.
class Attempt final : public ClusterLink::Stream, public std::enable_shared_from_this<Attempt> {
 public:
  /// What an attempt reports to; called on threads of gRPC, one call at a time.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// A response has come. What the buffer it went to says.
    virtual wire::ResultBuffer::Room OnResponse(grpc::ByteBuffer body) = 0;
    /// The stream is over; nothing follows. `goes_on`: it was to stop, and the cluster has not within
    /// Limits::write_stop_max.
    virtual void OnEnd(const grpc::Status& status, bool goes_on) = 0;
  };

  Attempt(std::shared_ptr<Route> route, wire::ResultBuffer& results, std::shared_ptr<Owner> owner,
          const wire::Limits& limits)
      : route_(std::move(route)), results_(results), owner_(std::move(owner)), limits_(limits) {}

  /// Sends the operation to the cluster. Keeps itself and the owner alive until OnEnd. Should this gateway be
  /// killed, a cluster that could go on with it ends too. `writes`: it has effects that others see.
  void Start(const wire::Operation& operation, bool writes);

  /// Makes the cluster stop; OnEnd follows soon, or of a write when the cluster has stopped. From any thread.
  void Cancel();

  const Route& route() const { return *route_; }

 private:
  void Interrupt(int tries);
  void AwaitStop();
  void WaitForRoom();
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  const std::shared_ptr<Route> route_;
  wire::ResultBuffer& results_;
  std::shared_ptr<Owner> owner_;
  const wire::Limits& limits_;
  /// An id of its own: a cluster must never take a second attempt for the first.
  const std::string operation_id_ = wire::NewUuid();
  std::atomic<bool> cancelled_{false};
  /// The cluster has answered something, so it knows the operation.
  std::atomic<bool> begun_{false};
  std::atomic<bool> over_{false};
  std::atomic<bool> goes_on_{false};
  bool writes_ = false;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::shared_ptr<Attempt> self_;
  /// See keeper.h; "" for none.
  std::string note_;
  grpc::Alarm stop_by_;
};

}  // namespace hearth::gateway
