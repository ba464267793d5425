#include "engine/lower/lowering.h"

#include <algorithm>

#include "base/check.h"
#include "engine/functions/catalog.h"
#include "engine/functions/variants.h"
#include "engine/lower/function_mapping.h"

namespace hearth::engine {

std::string Lowering::Site(const spark::OriginPtr& origin) {
  query.error_sites.push_back({origin});
  return std::to_string(query.error_sites.size() - 1);
}

std::string Lowering::LocalTable(const std::shared_ptr<const spark::LocalTable>& table) {
  query.local_tables.push_back(table);
  return std::to_string(query.local_tables.size() - 1);
}

std::string Lowering::CallText(std::string_view function, const std::vector<std::string>& arguments) {
  const bool is_variant = IsVariantName(function);
  HEARTH_CHECK(is_variant || IsFixedFunction(function) || IsMappedDuckFunction(function))
      << "unmapped function " << function;
  if (is_variant) {
    auto& variants = query.function_variants;
    if (std::find(variants.begin(), variants.end(), function) == variants.end())
      variants.emplace_back(function);
  }
  std::string out(function);
  out += '(';
  for (size_t i = 0; i < arguments.size(); ++i) out += (i == 0 ? "" : ", ") + arguments[i];
  return out + ')';
}

}  // namespace hearth::engine
