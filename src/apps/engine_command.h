// hearth engine: the native engine alone, as a Spark Connect server.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddEngineCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
