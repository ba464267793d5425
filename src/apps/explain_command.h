// hearth explain: why an operation ran where it did, and took as long as it did.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddExplainCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
