// Spark's ANSI casts between numbers, and from and to text.
#pragma once

#include "engine/functions/vector_function.h"

namespace hearth::engine {

void AddCastFunctions(FunctionList* list);

}  // namespace hearth::engine
