// Text functions where Spark's meaning is not DuckDB's.
#pragma once

#include "engine/functions/vector_function.h"

namespace hearth::engine {

void AddStringFunctions(FunctionList* list);

}  // namespace hearth::engine
