// SQL commands that the engine runs: views, settings, EXPLAIN.
#pragma once

#include "engine/service/engine_runtime.h"
#include "engine/service/text_result.h"
#include "spark/plan/command.h"
#include "wire/session.h"

namespace hearth::engine {

// Runs the command and gives the rows that Spark answers. Throws spark::Error; declines what is not run here.
TextResult RunCommand(const spark::Command& command, wire::Session& session, EngineRuntime& runtime);

}  // namespace hearth::engine
