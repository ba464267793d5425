// What share of rows a condition leaves.
#pragma once

#include <optional>

#include "placement/size/expression_facts.h"
#include "placement/size/flow.h"
#include "spark/plan/expression.h"

namespace hearth::placement {

/// Between 0 and 1, never 0. Values are taken to lie evenly between the least and the greatest. Conditions on
/// several columns are taken to know nothing of each other.
double SelectivityOf(const spark::ExpressionPtr& condition, const Flow& flow, NodeBudget& budget);
/// Of all of them at once; a column between two values is one condition.
double SelectivityOf(const spark::ExpressionList& conditions, const Flow& flow, NodeBudget& budget);

/// A constant on the axis of ColumnFacts: a literal, a cast of text to a date, a day minus an interval.
std::optional<double> ConstantOf(const spark::ExpressionPtr& expression);

}  // namespace hearth::placement
