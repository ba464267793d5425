#include "wire/rpc.h"

#include <utility>

namespace hearth::wire {

grpc::ServerGenericBidiReactor* Rpc::Begin(std::shared_ptr<Rpc> rpc, Caller caller) {
  Rpc* raw = rpc.get();
  raw->caller_ = std::move(caller);
  raw->self_ = std::move(rpc);
  raw->Begun();
  return raw;
}

RequestHeader Rpc::Identified(RequestHeader header) const {
  if (caller_.user) header.user_id = *caller_.user;
  header.profile = caller_.profile;
  header.workload = caller_.workload;
  return header;
}

void Rpc::OnDone() {
  Over();
  // The last one to hold it may be this.
  const std::shared_ptr<Rpc> self = std::move(self_);
}

}  // namespace hearth::wire
