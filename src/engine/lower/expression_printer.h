// Typed expressions as DuckDB expressions. One printer serves the expressions over one set of columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/lower/fragment.h"
#include "engine/lower/lowering.h"

namespace hearth::engine {

class ExpressionPrinter {
 public:
  // Both outlive the printer.
  ExpressionPrinter(Lowering& lowering, const Columns& columns) : lowering_(lowering), columns_(columns) {}

  // In whatever DuckDB type comes naturally.
  Fragment Print(const spark::TypedExpression& expression);
  // In the storage type of the expression's Spark type.
  Fragment PrintStored(const spark::TypedExpression& expression);

  // Aggregates and window calls, each in its natural type. `is_grouped`: by keys, which some errors tell.
  Fragment PrintAggregate(const spark::TypedExpression& expression, bool is_grouped);
  Fragment PrintWindow(const spark::TypedExpression& expression);

  // A condition that is only asked whether it is true: NULL may stand for false.
  Fragment PrintCondition(const spark::TypedExpression& expression);

  // "expr ASC NULLS FIRST"; empty for a constant, which orders nothing.
  std::string PrintSortKey(const spark::SortKey& key, Fragment* parts);

  // ---- for the mapping of functions and casts ----
  Lowering& lowering() { return lowering_; }
  // The call with its arguments printed so far; `type` is the result's.
  Fragment CallOf(std::string_view function, const std::vector<Fragment>& arguments, DuckType type);
  // A raising function: its arguments, then the number of a new error site.
  Fragment RaisingCall(std::string_view function, std::vector<Fragment> arguments, DuckType type,
                       const spark::OriginPtr& origin);
  // (l symbol r)
  static Fragment Infix(const Fragment& l, std::string_view symbol, const Fragment& r, DuckType type);
  // CAST(f AS type), or `f` itself when it has the type. REQUIRES: every value that can occur fits.
  static Fragment Widen(const Fragment& f, const DuckType& type);

 private:
  Fragment KeyThatLeavesZeros(const spark::TypedExpression& key);
  Fragment PrintColumn(const spark::TypedExpression& expression, const spark::ColumnReference& reference);
  Fragment PrintCase(const spark::TypedExpression& expression, const spark::CaseWhen& node);
  Fragment PrintLogic(const spark::TypedExpression& expression, const spark::Call& call, bool only_truth);
  Fragment PrintNot(const spark::Call& call, bool only_truth);
  Fragment PrintSubquery(const spark::TypedExpression& expression, const spark::TypedSubquery& subquery,
                         bool only_truth);
  Fragment PrintScalarSubquery(const spark::TypedExpression& expression,
                               const spark::TypedSubquery& subquery);
  Fragment PrintInSubquery(const spark::TypedSubquery& subquery, bool negated, bool only_truth);
  Fragment PrintTupleIn(const spark::TypedSubquery& subquery, bool negated);

  Lowering& lowering_;
  const Columns& columns_;
  bool only_truth_ = false;  // set for the next Print by PrintCondition and PrintLogic
};

}  // namespace hearth::engine
