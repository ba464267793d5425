#include "engine/service/gateway_catalog.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <future>

#include "catalog/exchange.h"
#include "wire/channel.h"
#include "wire/request.h"

namespace hearth::engine {
namespace {

// A gateway that does not answer for so long is gone, and this process with it.
constexpr std::chrono::seconds kCallMax(60);

absl::StatusOr<std::string> Call(grpc::GenericStub& stub, const std::string& method,
                                 const std::string& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer body(&slice, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, catalog::kServicePath + method, grpc::StubOptions(), &body, &answer,
                 [&done](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok())
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  const grpc::Slice whole = wire::OnePiece(answer);
  return std::string(wire::BytesOf(whole));
}

}  // namespace

absl::StatusOr<std::unique_ptr<catalog::Catalog>> ConnectCatalog(const std::string& address,
                                                                 const std::string& warehouse,
                                                                 const wire::Limits& limits) {
  const auto parsed = wire::Address::Parse(address);
  if (!parsed.ok()) return parsed.status();
  const auto stub = std::make_shared<grpc::GenericStub>(wire::OpenChannel(*parsed, limits));
  return std::make_unique<catalog::RemoteCatalog>(
      [stub](const std::string& method, const std::string& request) { return Call(*stub, method, request); },
      warehouse);
}

}  // namespace hearth::engine
