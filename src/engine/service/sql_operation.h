// ExecutePlan of spark.sql(text): commands run now, queries only when their result is asked for.
#pragma once

#include "engine/service/command_context.h"
#include "spark/connect/plan_decoder.h"
#include "wire/operation.h"

namespace spark::connect {
class SqlCommand;
}

namespace hearth::engine {

// Sends the one sql_command_result. A query is analyzed, for its errors, and its relation goes back as it
// came; a command's rows go back as a local relation. Throws spark::Error.
void RunSqlCommand(const ::spark::connect::SqlCommand& message, const spark::SqlCommand& command,
                   wire::Operation& operation, EngineRuntime& runtime, Cancellation& cancellation);

// What a command of this operation runs with.
CommandContext ContextOf(wire::Operation& operation, EngineRuntime& runtime, Cancellation& cancellation);

}  // namespace hearth::engine
