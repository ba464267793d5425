// hearth store: takes the durable state to another version of its tables.
#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// Adds the command; when it is given, parsing runs it and leaves its exit status in `status`.
void AddStoreCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
