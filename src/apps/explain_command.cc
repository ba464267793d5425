#include "apps/explain_command.h"

#include <cstdio>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "apps/explanation.h"
#include "apps/known_operations.h"
#include "apps/operation_account.h"

namespace hearth::apps {
namespace {

struct ExplainOptions {
  ServerChoice server;
  std::string operation;
  bool json = false;
};

int RunExplain(const ExplainOptions& options) {
  const auto record = FindOperation(options.server, options.operation);
  if (!record.ok()) {
    std::fprintf(stderr, "hearth explain: %s\n", std::string(record.status().message()).c_str());
    return 1;
  }
  const std::string shown =
      options.json ? record->dump() + "\n" : Explain(AccountOf(*record), absl::ToUnixMillis(absl::Now()));
  std::printf("%s", shown.c_str());
  return 0;
}

}  // namespace

void AddExplainCommand(CLI::App& app, int* status) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain",
      "Why an operation ran where it did, and took as long as it did; with --data also of its log");
  command->add_option("operation", options->operation,
                      "Its id or the beginning of it (hearth ops); without it, the latest that is over");
  AddServerChoice(command, &options->server);
  command->add_flag("--json", options->json, "What is known of it, as JSON");
  command->callback([options, status] { *status = RunExplain(*options); });
}

}  // namespace hearth::apps
