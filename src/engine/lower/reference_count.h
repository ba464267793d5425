// How often expressions read each column.
#pragma once

#include <map>

#include "spark/analysis/typed_expression.h"

namespace hearth::engine {

// Counts every ColumnReference, also those inside the arguments of aggregates and windows, but not those
// inside the plans of subqueries.
std::map<spark::ColumnId, int> CountReferences(const spark::TypedExpressionList& expressions);

}  // namespace hearth::engine
