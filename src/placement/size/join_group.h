// Joins whose order is free, and the conditions on them.
#pragma once

#include <vector>

#include "placement/size/costs.h"
#include "placement/size/expression_facts.h"
#include "placement/size/flow.h"

namespace hearth::placement {

/// What is added up over all operators of a plan.
struct Totals {
  Efforts efforts{};
  /// Bytes that tables of joins and groups, and sorts, hold.
  double held_bytes = 0;
  double input_bytes = 0;
  double input_rows = 0;
  double input_variance = 0;
  size_t joins = 0;
  size_t aggregations = 0;
  size_t sorts = 0;
  size_t windows = 0;

  void Add(Effort effort, double amount) { Of(efforts, effort) += amount; }
  /// Counts what is read of inputs; no filter makes it less from here on.
  void Charge(Flow& flow);
  /// A table of these rows, as joins and groups hold it.
  void Hold(double rows, double width);
};

/// A condition in which a subquery decides.
struct SubqueryCondition {
  const spark::SubqueryExpression* subquery;
  Flow rows;
  bool is_comparison = false;  ///< with a scalar
  bool is_equality = false;
  bool is_negated = false;
};

/// Inner joins of all inputs under these conditions (operands of one AND), in the order that keeps results
/// small. One input: a filter. Conditions on columns of none come from the query around.
Flow JoinInputs(std::vector<Flow> inputs, const spark::ExpressionList& conditions, NodeBudget& budget,
                Totals& totals);

/// One join of two, of which the left or both keep rows without a match.
enum class KeptRows { kMatched, kLeft, kRight, kBoth, kLeftMatched, kLeftUnmatched };
Flow JoinTwo(Flow left, Flow right, const spark::ExpressionList& conditions,
             const std::vector<std::string>& using_columns, KeptRows kept, NodeBudget& budget,
             Totals& totals);

/// The rows for which the subquery says yes.
Flow FilterBySubquery(Flow flow, const SubqueryCondition& condition, Totals& totals);

}  // namespace hearth::placement
