#include "engine/service/gateway_catalog.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <future>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog/exchange.h"
#include "wire/channel.h"
#include "wire/request.h"

namespace hearth::engine {
namespace {

// A gateway that does not answer for so long is gone.
constexpr std::chrono::seconds kCallMax(60);

grpc::Status Call(grpc::GenericStub& stub, const std::string& method, const std::string& request,
                  grpc::ByteBuffer* answer) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer body(&slice, 1);
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, catalog::kServicePath + method, grpc::StubOptions(), &body, answer,
                 [&done](const grpc::Status& status) { done.set_value(status); });
  return done.get_future().get();
}

// The way to the gateway's socket, where another gateway may listen after a while. Thread safe.
class Connection {
 public:
  Connection(wire::Address address, const wire::Limits& limits)
      : address_(std::move(address)), limits_(limits) {}

  absl::StatusOr<std::string> Ask(const std::string& method, const std::string& request) {
    const std::shared_ptr<grpc::GenericStub> stub = Stub();
    grpc::ByteBuffer answer;
    const grpc::Status status = Call(*stub, method, request, &answer);
    // A channel that found nobody waits longer and longer before it dials again; a new one does so at once.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) Drop(stub);
    if (!status.ok())
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
    const grpc::Slice whole = wire::OnePiece(answer);
    return std::string(wire::BytesOf(whole));
  }

 private:
  std::shared_ptr<grpc::GenericStub> Stub() {
    absl::MutexLock lock(&mutex_);
    if (stub_ == nullptr) stub_ = std::make_shared<grpc::GenericStub>(wire::OpenChannel(address_, limits_));
    return stub_;
  }
  void Drop(const std::shared_ptr<grpc::GenericStub>& stub) {
    absl::MutexLock lock(&mutex_);
    if (stub_ == stub) stub_ = nullptr;
  }

  const wire::Address address_;
  const wire::Limits limits_;
  absl::Mutex mutex_;
  std::shared_ptr<grpc::GenericStub> stub_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<catalog::Catalog>> ConnectCatalog(const std::string& address,
                                                                 const std::string& warehouse,
                                                                 const wire::Limits& limits) {
  const auto parsed = wire::Address::Parse(address);
  if (!parsed.ok()) return parsed.status();
  const auto connection = std::make_shared<Connection>(*parsed, limits);
  return std::make_unique<catalog::RemoteCatalog>(
      [connection](const std::string& method, const std::string& request) {
        return connection->Ask(method, request);
      },
      warehouse);
}

}  // namespace hearth::engine
