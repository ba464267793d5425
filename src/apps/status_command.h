// hearth status, sessions, ops and cancel: what a running `hearth serve` has and does, and ending an
// operation.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the commands; when one is given, parsing runs it and leaves its exit status in `status`.
void AddStatusCommands(CLI::App& app, int* status);

}  // namespace hearth::apps
