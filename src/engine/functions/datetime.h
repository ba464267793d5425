// Dates and timestamps: time zones and calendar arithmetic.
#pragma once

#include "engine/functions/vector_function.h"

namespace hearth::engine {

void AddDateTimeFunctions(FunctionList* list);

}  // namespace hearth::engine
