#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"

namespace hearth::gateway {

/// What a client uploaded; kept to be sent to every cluster that its session comes to.
struct Artifact {
  std::string name;
  std::shared_ptr<const std::string> content;
};

/// Uploads artifacts to a session on a cluster, in chunks that share their memory. Calls `done` once, on a
/// thread of gRPC.
void SendArtifacts(ClusterLink& link, const BackendSessionName& session, std::vector<Artifact> artifacts,
                   std::function<void(const grpc::Status&)> done);

}  // namespace hearth::gateway
