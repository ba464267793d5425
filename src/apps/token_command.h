// hearth token: makes a bearer token for a user.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddTokenCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
