// Parts of generated names that errors need on their own; PrettyName and ExpressionSql are in analyzer.h.
#pragma once

#include <string>

#include "spark/analysis/environment.h"
#include "spark/analysis/typed_expression.h"

namespace hearth::spark {

// "(PARTITION BY a ORDER BY b ASC NULLS FIRST ROWS BETWEEN ... AND ...)", as in generated names.
std::string WindowSpecSql(const WindowCall& window, const Environment& environment);

// Spark's quoteIfNeeded: back-ticks around what is not a plain identifier.
std::string QuoteIfNeeded(const std::string& name);

}  // namespace hearth::spark
