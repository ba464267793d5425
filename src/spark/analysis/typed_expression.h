// Resolved expressions: every name bound, every type known, every implicit cast written out.
// Nodes are immutable and shared. What the printer needs to be exact (types, nullability, cast mode) is here;
// nothing of DuckDB is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spark/origin.h"
#include "spark/plan/expression.h"
#include "spark/types/data_type.h"
#include "spark/types/value.h"

namespace hearth::spark {

using ColumnId = int64_t;  // unique within one analysis, also across its subqueries

struct Column {
  ColumnId id = 0;
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata;  // JSON object, or empty
};

struct TypedExpression;
struct TypedPlan;
using TypedExpressionPtr = std::shared_ptr<const TypedExpression>;
using TypedExpressionList = std::vector<TypedExpressionPtr>;
using TypedPlanPtr = std::shared_ptr<const TypedPlan>;

struct Constant {
  Value value;
};
// A column of the input, or of an enclosing query (correlation) when `is_outer`. Ids are unique, so a printer
// that names columns by id needs no scopes.
struct ColumnReference {
  ColumnId id = 0;
  std::string name;
  std::vector<std::string> qualifier;  // for names in errors and explain: view or alias
  bool is_outer = false;
};
// A scalar function or operator by its canonical name in the function table (lower case; operators by
// symbol).
struct Call {
  std::string function;
  TypedExpressionList arguments;
  std::string alias;  // the name the user called it by, when Spark's pretty name keeps it
};
struct CastTo {  // to this expression's type
  TypedExpressionPtr child;
  CastMode mode = CastMode::kAnsi;
  bool is_explicit = false;  // written by the user: shows in generated names
};
struct CaseWhen {
  std::vector<std::pair<TypedExpressionPtr, TypedExpressionPtr>> branches;
  TypedExpressionPtr otherwise;  // or null
};
struct SortKey {
  TypedExpressionPtr expression;
  bool ascending = true;
  bool nulls_first = true;
};
// Only directly in TypedAggregate::aggregates and in WindowCall.
struct AggregateCall {
  std::string function;
  TypedExpressionList arguments;
  bool is_distinct = false;
  TypedExpressionPtr filter;  // or null
  std::vector<SortKey> order_by;
  bool ignore_nulls = false;
  std::string alias = {};  // as Call's
};
struct TypedFrameBound {
  FrameBound::Kind kind = FrameBound::Kind::kCurrentRow;
  TypedExpressionPtr offset;  // kValue: not negative, see `preceding`
  bool preceding = false;
  std::string text = {};  // kValue: as Spark writes the bound, "1 PRECEDING" or "-1 FOLLOWING"
};
// Only directly in TypedWindow::windows. `function` is an aggregate or a window function (rank, lag, ...).
struct WindowCall {
  AggregateCall function;
  bool is_aggregate = false;
  TypedExpressionList partition_by;
  std::vector<SortKey> order_by;
  bool rows = false;  // else RANGE
  TypedFrameBound lower;
  TypedFrameBound upper;
};
struct TypedSubquery {
  SubqueryExpression::Kind kind = SubqueryExpression::Kind::kScalar;
  TypedPlanPtr plan;
  TypedExpressionList values;  // left of IN, coerced; the plan's columns are coerced as well
  // The columns of the enclosing query that the plan reads, as that query sees them (not is_outer).
  TypedExpressionList outer_references = {};
};
struct TypedLambda {
  std::vector<Column> parameters;
  TypedExpressionPtr body;
};
// A name given by the user inside an expression tree (struct fields, top of a select list).
struct TypedAlias {
  TypedExpressionPtr child;
  std::string name;
  std::string metadata;
};

struct TypedExpression {
  using Node = std::variant<Constant, ColumnReference, Call, CastTo, CaseWhen, AggregateCall, WindowCall,
                            TypedSubquery, TypedLambda, TypedAlias>;
  Node node;
  DataType type;
  bool nullable = true;
  OriginPtr origin;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

template <typename T>
TypedExpressionPtr MakeTyped(T node, DataType type, bool nullable, OriginPtr origin = nullptr) {
  return std::make_shared<const TypedExpression>(
      TypedExpression{std::move(node), std::move(type), nullable, std::move(origin)});
}

}  // namespace hearth::spark
