#include "apps/engine_command.h"

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/flags.h"
#include "apps/lifeline.h"
#include "engine/service/engine.h"

namespace hearth::apps {
namespace {

void AddSettings(CLI::App* command, std::map<std::string, std::string>* settings) {
  command->add_option_function<std::vector<std::string>>(
      "--set",
      [settings](const std::vector<std::string>& pairs) {
        for (const std::string& pair : pairs) {
          const size_t equals = pair.find('=');
          if (equals == std::string::npos || equals == 0)
            throw CLI::ValidationError("--set", pair + " is no KEY=VALUE");
          (*settings)[pair.substr(0, equals)] = pair.substr(equals + 1);
        }
      },
      "KEY=VALUE: a session configuration that every session starts with");
}

}  // namespace

void AddEngineCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<engine::EngineOptions>();
  // On a cluster the gateway has sessions for its users, and limits those.
  options->limits.sessions_per_user_max = std::numeric_limits<size_t>::max();
  CLI::App* command =
      app.add_subcommand("engine", "The native engine alone: a Spark Connect server on DuckDB");
  command->add_option("--listen", options->listen, "HOST:PORT on this machine, or unix:PATH")
      ->capture_default_str();
  command->add_option_function<std::string>(
      "--memory", [options](const std::string& text) { options->memory = ParseBytes(text); },
      "Memory for the whole process (default 2GiB)");
  command->add_option("--threads", options->threads, "Threads that a query uses")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--warehouse", options->warehouse, "Folder of the tables")->capture_default_str();
  command->add_option("--catalog", options->catalog,
                      "unix:PATH of the gateway whose catalog this is; without, it ends with the process");
  command->add_option("--temp", options->temp, "Folder for spills; without one nothing spills");
  AddSettings(command, &options->settings);
  AddLimits(command, &options->limits);
  AddMilliseconds(command, "--grace-ms", &options->grace, "How long running work may go on after SIGTERM");
  auto lifeline = std::make_shared<int>(-1);
  command->add_option("--lifeline", *lifeline, "Descriptor of a pipe whose end is this process's end too");
  command->callback([options, lifeline, status] {
    if (*lifeline >= 0) WatchLifeline(*lifeline);
    *status = engine::RunEngine(*options);
  });
}

}  // namespace hearth::apps
