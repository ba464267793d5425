#include "gateway/catalog_service.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog/exchange.h"
#include "wire/channel.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {

constexpr std::string_view kScheme = "unix:";

/// One call: a request, and an answer that may come later. Deletes itself at its end.
class CatalogCall final : public grpc::ServerGenericBidiReactor {
 public:
  CatalogCall(catalog::KeptCatalog& catalog, std::string method)
      : catalog_(catalog), method_(std::move(method)) {
    StartRead(&request_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "a call without a request"));
    const grpc::Slice request = wire::OnePiece(request_);
    catalog::Answer(catalog_, method_, wire::BytesOf(request),
                    [this](const absl::StatusOr<std::string>& answer) { Send(answer); });
  }

  void Send(const absl::StatusOr<std::string>& answer) {
    if (!answer.ok()) {
      return Finish(grpc::Status(static_cast<grpc::StatusCode>(answer.status().code()),
                                 std::string(answer.status().message())));
    }
    const grpc::Slice slice(*answer);
    answer_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void OnDone() override { delete this; }

  catalog::KeptCatalog& catalog_;
  const std::string method_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

}  // namespace

class CatalogService::State final : public grpc::CallbackGenericService {
 public:
  explicit State(catalog::KeptCatalog& catalog) : catalog_(catalog) {}

  absl::Status Listen(const std::string& socket, const wire::Limits& limits) {
    const std::string path = socket.substr(kScheme.size());
    ::unlink(path.c_str());  // Left by a killed predecessor.
    grpc::ServerBuilder builder;
    builder.AddListeningPort(socket, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(this);
    wire::TuneServer(limits, &builder);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::UnavailableError(absl::StrCat("cannot listen on ", socket));
    ::chmod(path.c_str(), 0600);
    return absl::OkStatus();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    std::string_view method = call->method();
    constexpr std::string_view kPath = catalog::kServicePath;
    if (method.starts_with(kPath)) method.remove_prefix(kPath.size());
    return new CatalogCall(catalog_, std::string(method));
  }

  void Stop() {
    if (server_ != nullptr) server_->Shutdown();
  }

 private:
  catalog::KeptCatalog& catalog_;
  std::unique_ptr<grpc::Server> server_;
};

CatalogService::CatalogService(std::unique_ptr<State> state) : state_(std::move(state)) {}

CatalogService::~CatalogService() { state_->Stop(); }

absl::StatusOr<std::unique_ptr<CatalogService>> CatalogService::Start(const std::string& socket,
                                                                      catalog::KeptCatalog& catalog,
                                                                      const wire::Limits& limits) {
  auto state = std::make_unique<State>(catalog);
  if (absl::Status status = state->Listen(socket, limits); !status.ok()) return status;
  return std::unique_ptr<CatalogService>(new CatalogService(std::move(state)));
}

}  // namespace hearth::gateway
