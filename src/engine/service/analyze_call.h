// AnalyzePlan: questions about a plan, answered without running it.
#pragma once

#include <string>

#include "engine/service/engine_runtime.h"
#include "wire/session.h"

namespace grpc {
class Slice;
}

namespace hearth::engine {

// The encoded AnalyzePlanResponse, without ids, to an encoded AnalyzePlanRequest. Throws spark::Error.
// Needs the stack of a wire::Workers thread.
std::string AnswerAnalyze(const grpc::Slice& request, wire::Session& session, EngineRuntime& runtime,
                          const wire::Limits& limits);

}  // namespace hearth::engine
