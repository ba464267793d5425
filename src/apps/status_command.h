// hearth status: what a running `hearth serve` has: clusters, sessions, operations.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddStatusCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
