// All fixed functions with the code that runs them.
#pragma once

#include "engine/functions/vector_function.h"

namespace hearth::engine {

// Overloads of one name stand in no particular order.
const FunctionList& AllFixedFunctions();

}  // namespace hearth::engine
