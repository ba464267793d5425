#include "apps/status_command.h"

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "apps/status_page.h"
#include "wire/address.h"
#include "wire/channel.h"
#include "wire/request.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  std::string data;
  std::string server = "127.0.0.1:15002";
  bool json = false;
};

absl::StatusOr<std::string> AddressOf(const StatusOptions& options) {
  if (options.data.empty()) return options.server;
  std::ifstream file(options.data + "/" + kSocketFile);
  std::string address;
  if (std::getline(file, address)) return address;
  return absl::NotFoundError("no hearth serve runs on " + options.data);
}

absl::StatusOr<std::string> Ask(const std::string& server) {
  const auto address = wire::Address::Parse(server);
  if (!address.ok()) return address.status();
  grpc::GenericStub stub(wire::OpenChannel(*address, wire::Limits{}));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  const grpc::Slice nothing;
  const grpc::ByteBuffer empty(&nothing, 1);
  stub.UnaryCall(&context, kStatusMethod, grpc::StubOptions(), &empty, &response,
                 [&](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat("no hearth serve answers on ", server, ": ", status.error_message()));
  }
  const grpc::Slice whole = wire::OnePiece(response);
  return std::string(wire::BytesOf(whole));
}

std::string Text(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string Milliseconds(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", found->get<double>());
  return text;
}

void Print(const Json& status) {
  std::printf("ENGINES  (held to their size by %s)\n%-12s %12s %12s %8s\n", Text(status, "limits_by").c_str(),
              "engine", "clusters max", "memory MiB", "threads");
  for (const Json& row : status["engines"]) {
    std::printf("%-12s %12s %12lld %8s\n", Text(row, "engine").c_str(), Text(row, "clusters_max").c_str(),
                row["memory_bytes"].get<long long>() >> 20, Text(row, "threads").c_str());
  }
  std::printf("\nCLUSTERS\n");
  std::printf("%-12s %-8s %-9s %8s %8s %8s  %s\n", "id", "engine", "state", "pid", "running", "age s", "");
  for (const Json& row : status["clusters"]) {
    std::printf("%-12s %-8s %-9s %8s %8s %8.1f  %s\n", Text(row, "id").c_str(), Text(row, "engine").c_str(),
                Text(row, "state").c_str(), Text(row, "pid").c_str(), Text(row, "running").c_str(),
                row["age_ms"].get<double>() / 1000, Text(row, "cause_of_death").c_str());
  }
  std::printf("\nSESSIONS\n%-36s %-16s %10s %8s %8s  %s\n", "session", "user", "operations", "idle s",
              "changes", "clusters");
  for (const Json& row : status["sessions"]) {
    std::string clusters;
    for (const Json& id : row["clusters"]) clusters += (clusters.empty() ? "" : " ") + id.get<std::string>();
    std::printf("%-36s %-16s %10s %8.1f %8s  %s\n", Text(row, "session").c_str(), Text(row, "user").c_str(),
                Text(row, "operations").c_str(), row["idle_ms"].get<double>() / 1000,
                Text(row, "changes").c_str(), clusters.c_str());
  }
  std::printf("\nOPERATIONS\n%-36s %-12s %-10s %12s %14s %10s %-22s %s\n", "operation", "cluster", "outcome",
              "rows", "bytes", "ms", "kind", "error");
  for (const Json& row : status["operations"]) {
    std::printf("%-36s %-12s %-10s %12s %14s %10s %-22s %s\n", Text(row, "operation").c_str(),
                Text(row, "cluster").c_str(), Text(row, "outcome").c_str(), Text(row, "rows").c_str(),
                Text(row, "bytes").c_str(), Milliseconds(row, "total_ms").c_str(), Text(row, "kind").c_str(),
                Text(row, "error").c_str());
  }
}

int Status(const StatusOptions& options) {
  auto address = AddressOf(options);
  auto answer = address.ok() ? Ask(*address) : address;
  if (!answer.ok()) {
    std::fprintf(stderr, "hearth status: %s\n", std::string(answer.status().message()).c_str());
    return 1;
  }
  if (options.json) {
    std::printf("%s\n", answer->c_str());
  } else {
    Print(Json::parse(*answer));
  }
  return 0;
}

}  // namespace

void AddStatusCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "Clusters, sessions and operations of a running server");
  command->add_option("--server", options->server, "Where it listens")->capture_default_str();
  command->add_option("--data", options->data, "Its folder, instead of its address");
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, status] { *status = Status(*options); });
}

}  // namespace hearth::apps
