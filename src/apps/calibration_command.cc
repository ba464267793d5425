#include "apps/calibration_command.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/calibration.h"
#include "apps/known_operations.h"
#include "apps/operation_account.h"

namespace hearth::apps {
namespace {

struct CalibrationOptions {
  ServerChoice server;
  bool json = false;
};

// Of all in the log of the folder, or of those that the server has in memory.
absl::StatusOr<std::vector<Outcome>> KnownOutcomes(const ServerChoice& choice) {
  std::vector<Outcome> outcomes;
  const auto add = [&](const nlohmann::ordered_json& record) {
    for (Outcome& outcome : OutcomesOf(AccountOf(record))) outcomes.push_back(std::move(outcome));
    return true;
  };
  if (!choice.data.empty()) {
    const absl::Status read = ReadOperationsLog(choice.data, "", add);
    return read.ok() ? absl::StatusOr<std::vector<Outcome>>(std::move(outcomes)) : read;
  }
  const auto status = AskStatus(choice);
  if (!status.ok()) return status.status();
  for (const auto& record : (*status)["operations"]) add(record);
  return outcomes;
}

int Calibrate(const CalibrationOptions& options) {
  auto outcomes = KnownOutcomes(options.server);
  if (!outcomes.ok()) {
    std::fprintf(stderr, "hearth calibration: %s\n", std::string(outcomes.status().message()).c_str());
    return 1;
  }
  const Calibration calibration = CalibrationOf(*std::move(outcomes));
  std::printf("%s", options.json ? (JsonOf(calibration).dump() + "\n").c_str() : TextOf(calibration).c_str());
  return 0;
}

}  // namespace

void AddCalibrationCommand(CLI::App& app, int* status) {
  const auto options = std::make_shared<CalibrationOptions>();
  CLI::App* command = app.add_subcommand("calibration",
                                         "How what was expected of operations compares with what they took; "
                                         "with --data of all in its log, else of the latest");
  AddServerChoice(command, &options->server);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, status] { *status = Calibrate(*options); });
}

}  // namespace hearth::apps
