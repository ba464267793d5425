#include "apps/engine_command.h"

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "engine/service/engine.h"

namespace hearth::apps {
namespace {

base::Bytes ParseBytes(const std::string& text) {
  auto bytes = base::Bytes::Parse(text);
  if (!bytes.ok()) throw CLI::ValidationError(text, std::string(bytes.status().message()));
  return *bytes;
}

// A limit in milliseconds, as tests set it.
void AddMilliseconds(CLI::App* command, const std::string& flag, std::chrono::milliseconds* limit, const std::string& what) {
  command->add_option_function<int64_t>(
      flag, [limit](const int64_t& count) { *limit = std::chrono::milliseconds(count); }, what);
}

void AddBytes(CLI::App* command, const std::string& flag, size_t* limit, const std::string& what) {
  command->add_option_function<std::string>(
      flag, [limit](const std::string& text) { *limit = static_cast<size_t>(ParseBytes(text).count()); }, what);
}

void AddSettings(CLI::App* command, std::map<std::string, std::string>* settings) {
  command->add_option_function<std::vector<std::string>>(
      "--set",
      [settings](const std::vector<std::string>& pairs) {
        for (const std::string& pair : pairs) {
          const size_t equals = pair.find('=');
          if (equals == std::string::npos || equals == 0) throw CLI::ValidationError("--set", pair + " is no KEY=VALUE");
          (*settings)[pair.substr(0, equals)] = pair.substr(equals + 1);
        }
      },
      "KEY=VALUE: a session configuration that every session starts with");
}

}  // namespace

void AddEngineCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<engine::EngineOptions>();
  CLI::App* command = app.add_subcommand("engine", "The native engine alone: a Spark Connect server on DuckDB");
  command->add_option("--listen", options->listen, "HOST:PORT on this machine, or unix:PATH")->capture_default_str();
  command->add_option_function<std::string>(
      "--memory", [options](const std::string& text) { options->memory = ParseBytes(text); },
      "Memory for the whole process (default 2GiB)");
  command->add_option("--threads", options->threads, "Threads that a query uses")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--warehouse", options->warehouse, "Folder of the tables");
  command->add_option("--temp", options->temp, "Folder for spills; without one nothing spills");
  AddSettings(command, &options->settings);
  wire::Limits& limits = options->limits;
  AddMilliseconds(command, "--detached-timeout-ms", &limits.detached_timeout, "Interrupt operations left alone for so long");
  AddMilliseconds(command, "--stream-duration-ms", &limits.stream_duration_max, "Longest result stream before a reattach");
  AddMilliseconds(command, "--session-idle-ms", &limits.session_idle_timeout, "Close sessions unused for so long");
  AddBytes(command, "--stream-bytes", &limits.stream_bytes_max, "Largest result stream before a reattach");
  AddBytes(command, "--retry-bytes", &limits.retry_bytes_max, "Sent results kept for a reattach");
  AddBytes(command, "--unsent-bytes", &limits.unsent_bytes_max, "Results waiting for their client");
  AddMilliseconds(command, "--grace-ms", &options->grace, "How long running work may go on after SIGTERM");
  command->callback([options, status] { *status = engine::RunEngine(*options); });
}

}  // namespace hearth::apps
