// Asking a running `hearth serve`, as its operator does.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace hearth::apps {

// Which server: one at an address, or the one that uses a data folder (its unix socket asks for no token).
struct ServerChoice {
  std::string server = "127.0.0.1:15002";
  std::string data;
};

// --server and --data.
void AddServerChoice(CLI::App* command, ServerChoice* choice);

// The answer of a method of status_page.h. UNAVAILABLE if no server answers, NOT_FOUND if none uses the
// folder.
absl::StatusOr<std::string> AskServer(const ServerChoice& choice, const char* method,
                                      const std::string& request = "");

}  // namespace hearth::apps
