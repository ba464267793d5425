#include "engine/functions/catalog.h"

#include <algorithm>
#include <set>

#include "engine/functions/fixed_functions.h"

namespace hearth::engine {

const std::vector<FunctionSignature>& FixedFunctions() {
  static const auto* const signatures = [] {
    auto* all = new std::vector<FunctionSignature>;
    for (const FixedFunction& function : AllFixedFunctions()) all->push_back(function.signature);
    return all;
  }();
  return *signatures;
}

bool IsFixedFunction(std::string_view name) {
  static const auto* const names = [] {
    auto* all = new std::set<std::string, std::less<>>;
    for (const FunctionSignature& signature : FixedFunctions()) all->insert(signature.name);
    return all;
  }();
  return names->contains(name);
}

}  // namespace hearth::engine
