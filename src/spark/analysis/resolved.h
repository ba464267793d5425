// A relation after analysis: its typed plan and what names above it may see. The parts are immutable and
// shared.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "spark/analysis/deferred_plan.h"
#include "spark/analysis/scope.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::spark {

// The relations that a plan was made of, for df["a"]: each with the id that the client gave it and the
// columns that it had there.
struct PlanTree;
using PlanTreePtr = std::shared_ptr<const PlanTree>;
struct PlanTree {
  std::optional<int64_t> plan_id;
  ScopePtr scope;
  std::vector<PlanTreePtr> children;
};

struct AggregateBlock;

struct Resolved {
  DeferredPlan plan;  // its output starts with the scope's columns; what follows is not seen by names
  ScopePtr scope;
  // The input of a select list, filter, sort or limit: ORDER BY and WHERE above may still name its columns,
  // which then travel up as additional outputs (see ExtendPlan).
  std::shared_ptr<const Resolved> below;
  // When this is an aggregation (or HAVING on one): more aggregates may be asked from above.
  std::shared_ptr<const AggregateBlock> aggregate;
  std::vector<PlanTreePtr> trees;  // of the relation itself once it is done, of its inputs while it is made
};

// The plan with the columns `missing` added to its output, fetched from the plans below through select lists,
// filters, sorts, limits and windows. Columns that cannot be fetched are left out.
TypedPlanPtr ExtendPlan(const TypedPlanPtr& plan, const std::vector<ColumnId>& missing);

// Whether the plan's output holds the column.
bool HasColumn(const TypedPlan& plan, ColumnId id);

// The plan with exactly the scope's columns as output.
TypedPlanPtr VisiblePlan(const Resolved& relation);

// A scope of a plan's columns, without qualifiers or with one for all.
ScopePtr ScopeOf(const std::vector<Column>& columns, const Qualifier& qualifier = nullptr);

// The same rows and names in another plan: a filter, sort, limit of `relation`.
Resolved WithPlan(const Resolved& relation, TypedPlanPtr plan);

// Columns of the scope, in order.
std::vector<Column> ColumnsOf(const Scope& scope);

}  // namespace hearth::spark
