// Encoded requests of every RPC, as the front door reads them before anyone is known to be behind them. The first byte
// of an input says of which RPC it is.
#include <spark/connect/base.pb.h>

#include "fuzz_target.h"
#include "mutation.h"
#include "proto_mutation.h"
#include "spark/error.h"
#include "wire/artifact_upload.h"
#include "wire/fields.h"
#include "wire/request.h"
#include "wire/response.h"

namespace hearth::fuzz {
namespace {

namespace proto = ::spark::connect;

constexpr size_t kBytesMax = size_t{1} << 20;

const google::protobuf::Message& PrototypeOf(char kind) {
  switch (static_cast<unsigned char>(kind) % 11) {
    case 0: return proto::ExecutePlanRequest::default_instance();
    case 1: return proto::AnalyzePlanRequest::default_instance();
    case 2: return proto::ConfigRequest::default_instance();
    case 3: return proto::AddArtifactsRequest::default_instance();
    case 4: return proto::ArtifactStatusesRequest::default_instance();
    case 5: return proto::InterruptRequest::default_instance();
    case 6: return proto::ReattachExecuteRequest::default_instance();
    case 7: return proto::ReleaseExecuteRequest::default_instance();
    case 8: return proto::ReleaseSessionRequest::default_instance();
    case 9: return proto::FetchErrorDetailsRequest::default_instance();
    default: return proto::CloneSessionRequest::default_instance();
  }
}

void Read(char kind, const grpc::Slice& request) {
  wire::ReadHeader(request, 4, 8);
  const grpc::ByteBuffer body(&request, 1);
  wire::CountRows(body);  // what a cluster answers is read by the same scanner
  wire::IsResultComplete(body);
  switch (static_cast<unsigned char>(kind) % 11) {
    case 0: wire::UnwrapPlan(wire::ReadExecuteRequest(request).plan, kBytesMax); break;
    case 6: wire::ReadReattachTarget(request); break;
    default: break;
  }
  const std::unique_ptr<google::protobuf::Message> message(PrototypeOf(kind).New());
  wire::DecodeMessage(request, message.get());
  if (dynamic_cast<const proto::AddArtifactsRequest*>(message.get()) == nullptr) return;
  wire::ArtifactUpload artifacts(kBytesMax);
  for (int repeated = 0; repeated < 2; ++repeated) {
    artifacts.Take({reinterpret_cast<const char*>(request.begin()), request.size()});
  }
}

}  // namespace

const char* const kTargetName = "request";

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  Random random(2);
  for (int i = 0; i < 110; ++i) {
    const char kind = static_cast<char>(i % 11);
    const std::unique_ptr<google::protobuf::Message> message(PrototypeOf(kind).New());
    FillMessage(message.get(), 4, random);
    seeds.push_back(kind + message->SerializeAsString());
  }
  return seeds;
}

void TakeInput(std::string_view input) {
  if (input.empty()) return;
  try {
    Read(input[0], grpc::Slice(input.data() + 1, input.size() - 1));
  } catch (const spark::Error&) {
    // What a client is told.
  }
}

std::string Mutate(std::string input, Random& random) {
  if (input.empty()) return input;
  const char kind = Below(20, random) == 0 ? static_cast<char>(random()) : input[0];
  return kind + MutateMessage(input.substr(1), PrototypeOf(kind), random);
}

}  // namespace hearth::fuzz
