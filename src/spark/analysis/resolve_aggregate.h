// GROUP BY, aggregate functions, HAVING and ORDER BY on top of them.
#pragma once

#include <unordered_set>
#include <vector>

#include "spark/analysis/analysis.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// What rows are grouped by. `sets` index into `keys`; empty: one plain GROUP BY.
struct Grouping {
  TypedExpressionList keys;
  std::vector<std::vector<int>> sets;
};

// An aggregation as a value that HAVING and ORDER BY may still add to; BuildPlan makes it a plan:
// projection of `outputs` and `passed` <- windows <- filter by `having` <- aggregate <- input.
struct AggregateBlock {
  Resolved input;
  Grouping grouping;
  std::vector<Column> keys;          // of the aggregate's output, one for each grouping key
  std::vector<Column> grouping_id;   // one column when grouping() or grouping_id() is used, else none
  TypedExpressionList aggregates;    // AggregateCall nodes over the input
  std::vector<Column> results;       // their columns
  TypedExpressionPtr having;         // over keys and results, or null
  TypedExpressionList outputs;       // the select list over keys and results
  std::vector<ScopeColumn> columns;  // of the outputs
  std::vector<Column> passed;        // keys and results given on behind the outputs, for ORDER BY
  // HAVING added to what is computed: Spark then has a projection on top, through which ORDER BY sees only
  // the keys, and no further aggregate functions.
  bool is_closed = false;
  OriginPtr origin;
};

TypedPlanPtr BuildPlan(const AggregateBlock& block, Analysis& analysis);

// resolve_pivot.cc: groupBy().pivot().
Resolved ResolvePivot(const Aggregate& aggregate, const Relation& relation, Analysis& analysis);

Resolved ResolveAggregate(const Aggregate& aggregate, const Relation& relation, Analysis& analysis);

// SELECT items FROM input GROUP BY grouping; what is not grouped by must be aggregated.
Resolved MakeAggregate(const Resolved& input, Grouping grouping, std::vector<SelectItem> items,
                       const OriginPtr& origin, Analysis& analysis);

// The relation (as Resolved) of a block.
Resolved RelationOf(AggregateBlock block, std::vector<PlanTreePtr> trees, Analysis& analysis);

// Rewrites expressions over an aggregation's input to ones over its keys and results, adding the aggregate
// functions that it meets to the block.
class GroupedExpressions {
 public:
  GroupedExpressions(AggregateBlock& block, Analysis& analysis) : block_(block), analysis_(analysis) {}

  // References to the block's outputs stand for their values: HAVING is evaluated below the outputs.
  void ReplaceOutputs() { replace_outputs_ = true; }
  // The expressions are the select list's own, where Spark takes no correlated scalar subquery.
  void IsSelectList() { is_select_list_ = true; }

  // Columns that are neither grouped nor aggregated; throws for them unless `ungrouped` is given to collect
  // them.
  TypedExpressionPtr Rewrite(const TypedExpressionPtr& expression,
                             std::unordered_set<ColumnId>* ungrouped = nullptr);

 private:
  TypedExpressionPtr Replace(const TypedExpressionPtr& expression);
  TypedExpressionPtr ReplaceColumn(const TypedExpressionPtr& expression, const ColumnReference& column);
  TypedExpressionPtr ReplaceAggregate(const TypedExpressionPtr& expression);
  TypedExpressionPtr ReplaceGroupingCall(const Call& call, const OriginPtr& origin);
  TypedExpressionPtr GroupingId();
  void CheckSubquery(const TypedExpressionPtr& expression, const TypedSubquery& subquery);
  void RejectColumn(const TypedExpressionPtr& expression);
  bool IsKnown(ColumnId id) const;
  bool IsComputedOutput(const TypedExpression& expression) const;

  AggregateBlock& block_;
  Analysis& analysis_;
  bool replace_outputs_ = false;
  bool is_select_list_ = false;
  std::unordered_set<ColumnId>* ungrouped_ = nullptr;
};

}  // namespace hearth::spark
