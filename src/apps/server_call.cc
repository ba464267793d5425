#include "apps/server_call.h"

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "apps/status_page.h"
#include "wire/address.h"
#include "wire/channel.h"
#include "wire/request.h"

namespace hearth::apps {
namespace {

absl::StatusOr<std::string> AddressOf(const ServerChoice& choice) {
  if (choice.data.empty()) return choice.server;
  std::ifstream file(choice.data + "/" + kSocketFile);
  std::string address;
  if (std::getline(file, address)) return address;
  return absl::NotFoundError("no hearth serve runs on " + choice.data);
}

}  // namespace

void AddServerChoice(CLI::App* command, ServerChoice* choice) {
  command->add_option("--server", choice->server, "Where it listens")->capture_default_str();
  command->add_option("--data", choice->data, "Its folder, instead of its address");
}

absl::StatusOr<std::string> AskServer(const ServerChoice& choice, const char* method,
                                      const std::string& request) {
  const auto listens_on = AddressOf(choice);
  if (!listens_on.ok()) return listens_on.status();
  const auto address = wire::Address::Parse(*listens_on);
  if (!address.ok()) return address.status();
  grpc::GenericStub stub(wire::OpenChannel(*address, wire::Limits{}));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const grpc::Slice slice(request);
  const grpc::ByteBuffer body(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &body, &response,
                 [&](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("no hearth serve answers on ", *listens_on, ": ", status.error_message()));
  }
  const grpc::Slice whole = wire::OnePiece(response);
  return std::string(wire::BytesOf(whole));
}

}  // namespace hearth::apps
