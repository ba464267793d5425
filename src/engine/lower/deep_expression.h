// Deep expressions in pieces. DuckDB's planner takes time with the cube of how deep function calls nest (800
// operators: ten seconds, during which nothing interrupts it), but little for derived tables. So a deep
// expression is computed in steps, each a projection that passes its value on as a column.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "spark/analysis/typed_expression.h"

namespace hearth::engine {

struct ExpressionSteps {
  // Columns that each projection adds; those of a step may read those of the steps before it.
  std::vector<std::vector<std::pair<spark::Column, spark::TypedExpressionPtr>>> steps;
  spark::TypedExpressionList expressions;  // what remains, reading the columns of the steps
};

// Only what Spark evaluates for every row is moved: nothing inside CASE, AND, OR, COALESCE and the like.
// `new_id` gives ids that no column of the plan has.
ExpressionSteps InSteps(const spark::TypedExpressionList& expressions,
                        const std::function<spark::ColumnId()>& new_id);

}  // namespace hearth::engine
