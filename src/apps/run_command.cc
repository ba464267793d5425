#include "apps/run_command.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "wire/configuration.h"
#include "wire/request.h"

namespace hearth::apps {
namespace {

struct RunOptions {
  std::string remote = "sc://127.0.0.1:15002";
  std::string name;
  std::string profile = wire::kBatch;
  std::vector<std::string> job;
};

int Fail(const std::string& why) {
  std::fprintf(stderr, "hearth run: %s\n", why.c_str());
  return 1;
}

// As parameters of a connection string are written.
std::string Quoted(const std::string& text) {
  std::string quoted;
  for (const unsigned char c : text) {
    const bool is_plain = std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    absl::StrAppend(&quoted, is_plain ? std::string(1, static_cast<char>(c)) : absl::StrFormat("%%%02X", c));
  }
  return quoted;
}

std::string With(std::string remote, const char* key, const std::string& value) {
  const size_t authority = remote.find("://") == std::string::npos ? 0 : remote.find("://") + 3;
  if (remote.find('/', authority) == std::string::npos) remote += '/';
  return absl::StrCat(remote, absl::EndsWith(remote, ";") ? "" : ";", key, "=", Quoted(value));
}

// Becomes the job, which finds the server in its environment.
int Run(const RunOptions& options) {
  if (options.job.empty()) return Fail("name the program to run: a Python file, or anything executable");
  const std::string& program = options.job.front();
  const std::string name =
      options.name.empty() ? std::filesystem::path(program).filename().string() : options.name;
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!is_plain || name.size() > wire::kConnectionValueMax) {
    return Fail(absl::StrCat("a name is at most ", wire::kConnectionValueMax,
                             " letters, digits and signs of ASCII; give it one with --name"));
  }
  const std::string remote =
      With(With(options.remote, wire::kWorkloadKey, name), wire::kProfileKey, options.profile);
  ::setenv("SPARK_REMOTE", remote.c_str(), 1);
  std::vector<std::string> command = options.job;
  if (absl::EndsWith(program, ".py")) {
    const char* python = std::getenv("PYSPARK_PYTHON");
    command.insert(command.begin(), python != nullptr ? python : "python3");
  }
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  return Fail(absl::StrCat("cannot run ", command.front(), ": ", std::strerror(errno)));
}

}  // namespace

void AddRunCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand(
      "run",
      "Runs a client's program (a Python file, or anything executable) with SPARK_REMOTE set, as a workload "
      "with a name: what it needed the last time is known the next time, even if its queries read other "
      "tables by then. Flags go before the program");
  command->add_option("--remote", options->remote, "The server, as a Spark Connect connection string")
      ->envname("SPARK_REMOTE")
      ->capture_default_str();
  command->add_option("--name", options->name, "The workload (default: the program's file name)");
  command->add_option("--profile", options->profile, "Whether somebody waits for each answer")
      ->check(CLI::IsMember({wire::kBatch, wire::kInteractive}))
      ->capture_default_str();
  command->prefix_command();
  command->callback([command, options, status] {
    options->job = command->remaining();
    *status = Run(*options);
  });
}

}  // namespace hearth::apps
