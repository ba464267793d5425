#include "gateway/cluster_link.h"

#include <grpcpp/channel.h>

#include <utility>

#include "base/check.h"
#include "wire/address.h"
#include "wire/channel.h"

namespace hearth::gateway {

namespace {
std::string PathOf(const std::string& method) { return "/spark.connect.SparkConnectService/" + method; }

std::shared_ptr<grpc::Channel> OpenTo(const fleet::Cluster& cluster, const wire::Limits& limits) {
  const auto address = wire::Address::Parse(cluster.address());
  HEARTH_CHECK(address.ok()) << address.status();
  return wire::OpenChannel(*address, limits);
}
}  // namespace

ClusterLink::ClusterLink(std::shared_ptr<fleet::Cluster> cluster, const wire::Limits& limits)
    : cluster_(std::move(cluster)), channel_(OpenTo(*cluster_, limits)), stub_(channel_) {}

void ClusterLink::Authorize(grpc::ClientContext* context) const {
  if (!cluster_->token().empty()) context->AddMetadata("authorization", "Bearer " + cluster_->token());
}

void ClusterLink::Connect() { (void)channel_->GetState(/*try_to_connect=*/true); }

std::shared_ptr<grpc::ClientContext> ClusterLink::Call(const std::string& method, grpc::ByteBuffer request,
                                                       Done done) {
  struct Pending {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  Authorize(&pending->context);
  stub_.UnaryCall(&pending->context, PathOf(method), grpc::StubOptions(), &pending->request,
                  &pending->response, [pending, done = std::move(done)](const grpc::Status& status) {
                    done(status, std::move(pending->response));
                  });
  return {pending, &pending->context};
}

void ClusterLink::Prepare(const std::string& method, grpc::ClientContext* context, Stream* reactor) {
  Authorize(context);
  stub_.PrepareBidiStreamingCall(context, PathOf(method), grpc::StubOptions(), reactor);
}

}  // namespace hearth::gateway
