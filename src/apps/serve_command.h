// hearth serve: the gateway, with native clusters behind it.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddServeCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
