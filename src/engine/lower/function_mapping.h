// The mapping table: each scalar function of the function table (spark/analysis/function_table.h), by its
// canonical name, as DuckDB. Names that are not here are declined; DuckDB functions that are not listed here
// are never printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/lower/expression_printer.h"

namespace hearth::engine {

// Null when the function has no exact form.
using FunctionMapping = Fragment (*)(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                                     const spark::Call& call);
FunctionMapping FindMapping(std::string_view function);

// The canonical names that have a mapping, sorted.
std::vector<std::string_view> MappedFunctions();

// The functions of DuckDB that statements may call, sorted.
const std::vector<std::string_view>& MappedDuckFunctions();
bool IsMappedDuckFunction(std::string_view name);

}  // namespace hearth::engine
