// ExecutePlan of a query: its rows, or the text that a shown table is.
#pragma once

#include "engine/service/cancellation.h"
#include "engine/service/engine_runtime.h"
#include "engine/service/text_result.h"
#include "spark/plan/relation.h"
#include "wire/operation.h"

namespace hearth::engine {

// Sends a result that the service made itself, except its end.
void SendTextResult(const TextResult& result, wire::Operation& operation, EngineRuntime& runtime);

// Sends the whole result except its end. Throws spark::Error.
void RunQuery(const spark::RelationPtr& relation, wire::Operation& operation, EngineRuntime& runtime,
              Cancellation& cancellation);

}  // namespace hearth::engine
