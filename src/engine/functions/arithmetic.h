// Spark's checked arithmetic on integers and floating point numbers.
#pragma once

#include "engine/functions/vector_function.h"

namespace hearth::engine {

void AddArithmeticFunctions(FunctionList* list);

}  // namespace hearth::engine
