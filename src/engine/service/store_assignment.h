// What a column of a table takes without being asked: Spark's store assignment by the ANSI policy.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/objects.h"
#include "spark/analysis/typed_plan.h"
#include "spark/error.h"

namespace hearth::engine {

// The columns of one insert, in the table's order.
class StoreAssignment {
 public:
  explicit StoreAssignment(catalog::TableName table) : table_(std::move(table)) {}

  // The next column; `value` null: nothing is given for it, so it is NULL. Throws
  // INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST, and declines casts inside of arrays and structs.
  void Add(const spark::StructField& column, const spark::TypedExpressionPtr& value);

  // The query with these columns as its output.
  spark::TypedPlanPtr Over(const spark::TypedPlanPtr& query) const;

 private:
  const catalog::TableName table_;
  spark::TypedExpressionList values_;
  std::vector<spark::Column> columns_;
};

// The error of a row of such a plan as Spark tells it: a number that is too large for its column is
// CAST_OVERFLOW_IN_TABLE_INSERT. `fails` runs a plan to its end and says whether that fails: not every error
// tells which cast it comes from. Declines what stays in doubt.
spark::Error AsTableInsert(const spark::Error& error, const spark::TypedPlan& plan,
                           const std::function<bool(const spark::TypedPlan& plan)>& fails);

}  // namespace hearth::engine
