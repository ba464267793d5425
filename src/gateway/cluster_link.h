#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <functional>
#include <memory>
#include <string>

#include "fleet/cluster.h"
#include "wire/limits.h"

namespace hearth::gateway {

/// The connection to one cluster, which passes messages on without looking into them. Thread-safe.
class ClusterLink {
 public:
  ClusterLink(std::shared_ptr<fleet::Cluster> cluster, const wire::Limits& limits);

  fleet::Cluster& cluster() const { return *cluster_; }

  /// Starts to connect, so that the first call finds the connection there.
  void Connect();

  /// A unary call of SparkConnectService. `done` is called once, on a thread of gRPC.
  using Done = std::function<void(const grpc::Status& status, grpc::ByteBuffer response)>;
  /// The context cancels the call as long as it lives.
  std::shared_ptr<grpc::ClientContext> Call(const std::string& method, grpc::ByteBuffer request, Done done);

  using Stream = grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
  /// Prepares a streaming call; the reactor starts it.
  void Prepare(const std::string& method, grpc::ClientContext* context, Stream* reactor);

 private:
  /// Shows the cluster that we may call it.
  void Authorize(grpc::ClientContext* context) const;

  const std::shared_ptr<fleet::Cluster> cluster_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace hearth::gateway
