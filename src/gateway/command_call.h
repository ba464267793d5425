#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"

namespace hearth::gateway {

/// Runs a plan in a session on a cluster for its effect alone: what it answers is read and dropped. `done` is
/// called once, on a thread of gRPC.
void RunForEffect(const std::shared_ptr<ClusterLink>& link, const BackendSessionName& session,
                  const grpc::Slice& plan, std::function<void(const grpc::Status&)> done);

}  // namespace hearth::gateway
