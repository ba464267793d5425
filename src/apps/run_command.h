#pragma once

#include <CLI/CLI.hpp>

namespace hearth::apps {

// `hearth run JOB ...`: runs a client's program as a workload with a name.
void AddRunCommand(CLI::App& app, int* status);

}  // namespace hearth::apps
