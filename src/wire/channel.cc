#include "wire/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>

namespace hearth::wire {

namespace {

/// Bytes that may be under way on a stream before its reader must have taken some: a few of our batches.
constexpr int kLookaheadBytes = 8 << 20;
/// The largest frame that HTTP/2 allows less one: fewer frames for the same bytes.
constexpr int kFrameBytesMax = (16 << 20) - 1;
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 30'000;
constexpr int kHandshakeTimeoutMs = 20'000;

}  // namespace

void TuneServer(const Limits& limits, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(static_cast<int>(limits.request_bytes_max));
  builder->SetMaxSendMessageSize(-1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kFrameBytesMax);
  // A peer that is gone without a word (its machine, its network) is noticed within a minute and a half.
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // Who connects says what he wants, or makes room.
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
}

std::shared_ptr<grpc::Channel> OpenChannel(const Address& address, const Limits&) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kFrameBytesMax);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Clusters are on this machine or next to it: a proxy from the environment is not meant for them.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address.ToString(), grpc::InsecureChannelCredentials(), arguments);
}

void KeepCallbackThreads() {
  struct Kept {
    grpc::GenericStub stub{grpc::CreateChannel("unix:/nobody", grpc::InsecureChannelCredentials())};
    grpc::ClientContext context;
    grpc::Slice nothing;
    grpc::ByteBuffer request{&nothing, 1};
    grpc::ByteBuffer response;
  };
  // A channel has its share in the threads from its first call on, whatever comes of that.
  static Kept* const kept = [] {
    auto* const first = new Kept();
    first->stub.UnaryCall(&first->context, "/nobody/answers", grpc::StubOptions(), &first->request,
                          &first->response, [](const grpc::Status&) {});
    return first;
  }();
  (void)kept;
}

}  // namespace hearth::wire
