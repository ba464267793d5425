#include "engine/functions/fixed_functions.h"

#include "engine/functions/arithmetic.h"
#include "engine/functions/casts.h"
#include "engine/functions/datetime.h"
#include "engine/functions/strings.h"

namespace hearth::engine {

const FunctionList& AllFixedFunctions() {
  static const auto* const functions = [] {
    auto* list = new FunctionList;
    AddArithmeticFunctions(list);
    AddCastFunctions(list);
    AddDateTimeFunctions(list);
    AddStringFunctions(list);
    return list;
  }();
  return *functions;
}

}  // namespace hearth::engine
