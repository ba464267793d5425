// hearth simulate: the policy of placement against those of others, on a load made of published numbers.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddSimulateCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
