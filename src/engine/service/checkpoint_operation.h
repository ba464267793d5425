// ExecutePlan of DataFrame.checkpoint and localCheckpoint.
#pragma once

#include "engine/service/cancellation.h"
#include "engine/service/engine_runtime.h"
#include "spark/connect/plan_decoder.h"
#include "wire/operation.h"

namespace hearth::engine {

// Keeps the rows of a DataFrame in the session and sends the id that they have from now on, and what was
// observed of them. Throws spark::Error; a checkpoint that is to be made later is declined, and one in files
// fails as on a Spark that was given no folder for it.
void RunCheckpoint(const spark::Checkpoint& checkpoint, wire::Operation& operation, EngineRuntime& runtime,
                   Cancellation& cancellation);

}  // namespace hearth::engine
