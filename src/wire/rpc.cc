#include "wire/rpc.h"

#include <utility>

namespace hearth::wire {

grpc::ServerGenericBidiReactor* Rpc::Begin(std::shared_ptr<Rpc> rpc, std::optional<std::string> user) {
  Rpc* raw = rpc.get();
  raw->user_ = std::move(user);
  raw->self_ = std::move(rpc);
  raw->Begun();
  return raw;
}

RequestHeader Rpc::Identified(RequestHeader header) const {
  if (user_) header.user_id = *user_;
  return header;
}

void Rpc::OnDone() {
  Over();
  // The last one to hold it may be this.
  const std::shared_ptr<Rpc> self = std::move(self_);
}

}  // namespace hearth::wire
