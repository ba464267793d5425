// Commands that the engine runs: views, settings, EXPLAIN, the catalog and its tables.
#pragma once

#include "engine/service/command_context.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// Runs the command and gives the rows that Spark answers. Throws spark::Error; declines what is not run here.
TextResult RunCommand(const spark::Command& command, CommandContext& context);

}  // namespace hearth::engine
