// Functions and coercion: which functions exist, what they take, what they give. One table
// (function_table.cc) says it for each canonical name; engine/lower maps the same names to DuckDB, and a test
// compares the two.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/analysis/environment.h"
#include "spark/analysis/typed_expression.h"

namespace hearth::spark {

enum class FunctionClass { kScalar, kAggregate, kWindow, kGenerator };

// By any of the function's names, case-insensitive; nullopt: Spark has it or not, we do not know it.
std::optional<FunctionClass> ClassifyFunction(std::string_view name);

struct FunctionRequest {
  std::string name;  // as written
  TypedExpressionList arguments;
  bool is_distinct = false;
  TypedExpressionPtr filter;
  std::vector<SortKey> order_by;  // WITHIN GROUP
  bool ignore_nulls = false;
  OriginPtr origin;
  bool is_named = false;  // written as name(...); else an operator, or made by a rule
};

// Chooses the overload, inserts Spark's implicit casts (ANSI), computes type and nullability. Gives a Call,
// CaseWhen or CastTo for scalars and an AggregateCall for aggregates and window functions (type and
// nullability as outside of a window). Throws WRONG_NUM_ARGS, DATATYPE_MISMATCH.*, UNRESOLVED_ROUTINE when
// Spark has no such function, or declines one that Spark has and we have not.
TypedExpressionPtr ResolveFunction(const FunctionRequest& request, const Environment& environment);

// Spark's ANSI findWiderTypeForTwo / findTightestCommonType; nullopt: none.
std::optional<DataType> WiderType(const DataType& l, const DataType& r);

// An implicit cast, or the expression itself when it has the type (but for nullability inside).
TypedExpressionPtr ImplicitCast(TypedExpressionPtr expression, const DataType& type);

// An explicit CAST: checks that Spark allows it, folds nothing. Throws DATATYPE_MISMATCH.CAST_*.
TypedExpressionPtr ExplicitCast(TypedExpressionPtr expression, const DataType& type, CastMode mode,
                                OriginPtr origin, const Environment& environment);

}  // namespace hearth::spark
