// From the logical plan to the typed plan: Spark's name resolution, coercion, nullability and generated
// names.
#pragma once

#include <string>
#include <vector>

#include "spark/analysis/environment.h"
#include "spark/analysis/typed_plan.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// Resolves a query. Throws spark::Error as Spark's analyzer would (UNRESOLVED_COLUMN.*, DATATYPE_MISMATCH.*,
// ...), or a decline for what is not resolved exactly as Spark does. Needs a stack that fits the plan's
// depth: plans of 1,024 levels run on a thread with 64 MiB of stack.
TypedPlanPtr Analyze(const RelationPtr& relation, Environment& environment);

// The schema of what Analyze gives, with the same errors. Cheaper where the plan itself would be large: a
// chain of withColumn costs as much as it is long.
DataType AnalyzeSchema(const RelationPtr& relation, Environment& environment);

// The name that Spark generates for a column without alias: "sum(a)", "(a + 1)", "CAST(a AS INT)".
std::string PrettyName(const TypedExpression& expression, const Environment& environment);

// Spark's Expression.sql: as PrettyName, with qualifiers, all casts and quotes; used in error parameters.
std::string ExpressionSql(const TypedExpression& expression, const Environment& environment);

// A readable tree of the typed plan, for EXPLAIN.
std::string PlanText(const TypedPlan& plan);

}  // namespace hearth::spark
