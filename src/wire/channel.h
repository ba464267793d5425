#pragma once

#include <memory>

#include "wire/address.h"
#include "wire/limits.h"

namespace grpc {
class Channel;
class ServerBuilder;
}  // namespace grpc

namespace hearth::wire {

/// Message sizes, flow control and frames for results of many megabytes.
void TuneServer(const Limits& limits, grpc::ServerBuilder* builder);

/// A connection of its own (no pooling) to a cluster, tuned like the server.
std::shared_ptr<grpc::Channel> OpenChannel(const Address& address, const Limits& limits);

/// gRPC's callback threads end with the last channel or server of a process, and abort it if that ended on
/// one of them (1.51). From this call on they stay as long as the process.
void KeepCallbackThreads();

}  // namespace hearth::wire
