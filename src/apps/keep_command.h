// hearth keep: the process between a gateway and each of its clusters.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command, which is for gateways and in no list of commands; when it is given, parsing runs it and
// leaves its exit status in `status`.
void AddKeepCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
