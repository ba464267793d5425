#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "wire/address.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}  // namespace grpc::experimental
namespace hearth::wire {

/// Listens on a TCP port and hands its connections to a gRPC server.
///
/// gRPC's own listener stops for good when the process once has no descriptor left for a connection, so any
/// client could close the port to all others. This one keeps some descriptors back for the server's own work:
/// a connection that would need one of them is closed at once, which its client sees as a refusal, and the
/// port takes connections again as soon as others have ended.
class Acceptor {
 public:
  /// Descriptors that no connection gets, or half of all when there are few.
  static constexpr int kReservedDescriptors = 256;

  /// Connections that come wait until Start. UNAVAILABLE if the address cannot be had. REQUIRES: no unix:
  /// path.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Listen(const Address& address);
  /// Closes the port; connections that were handed over stay with their server.
  ~Acceptor();

  /// Where it really listens (port 0 resolved).
  const Address& address() const;

  /// Call once, when the server has started. The server must be shut down after this object is gone.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server);

 private:
  class State;
  explicit Acceptor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hearth::wire
