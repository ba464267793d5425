#include "wire/rpc.h"

#include <utility>

namespace hearth::wire {

grpc::ServerGenericBidiReactor* Rpc::Begin(std::shared_ptr<Rpc> rpc) {
  Rpc* raw = rpc.get();
  raw->self_ = std::move(rpc);
  raw->Begun();
  return raw;
}

void Rpc::OnDone() {
  Over();
  // The last one to hold it may be this.
  const std::shared_ptr<Rpc> self = std::move(self_);
}

}  // namespace hearth::wire
