#include "spark/analysis/resolved.h"

#include <algorithm>

namespace hearth::spark {
namespace {

// The columns of `from` that are missing in `to` and asked for.
std::vector<Column> Gained(const TypedPlan& from, const std::vector<Column>& to,
                           const std::vector<ColumnId>& missing) {
  std::vector<Column> gained;
  for (const Column& column : from.output) {
    const auto same = [&](const Column& c) { return c.id == column.id; };
    if (std::find(missing.begin(), missing.end(), column.id) == missing.end()) continue;
    if (std::none_of(to.begin(), to.end(), same) && std::none_of(gained.begin(), gained.end(), same)) {
      gained.push_back(column);
    }
  }
  return gained;
}

// A node that passes its input's columns on: filter, sort, limit, tail, sample, observation.
template <typename T>
TypedPlanPtr ExtendPassing(T node, std::vector<Column> output, const std::vector<ColumnId>& missing) {
  node.input = ExtendPlan(node.input, missing);
  for (Column& column : Gained(*node.input, output, missing)) output.push_back(std::move(column));
  return MakePlan(std::move(node), std::move(output));
}

TypedPlanPtr ExtendProject(TypedProject node, std::vector<Column> output,
                           const std::vector<ColumnId>& missing) {
  node.input = ExtendPlan(node.input, missing);
  for (Column& column : Gained(*node.input, output, missing)) {
    node.expressions.push_back(ReferenceTo(column));
    output.push_back(std::move(column));
  }
  return MakePlan(std::move(node), std::move(output));
}

// A window's own columns stay last.
TypedPlanPtr ExtendWindow(TypedWindow node, const std::vector<Column>& output,
                          const std::vector<ColumnId>& missing) {
  node.input = ExtendPlan(node.input, missing);
  std::vector<Column> extended = node.input->output;
  extended.insert(extended.end(), output.end() - static_cast<std::ptrdiff_t>(node.windows.size()),
                  output.end());
  return MakePlan(std::move(node), std::move(extended));
}

}  // namespace

bool HasColumn(const TypedPlan& plan, ColumnId id) {
  return std::any_of(plan.output.begin(), plan.output.end(), [&](const Column& c) { return c.id == id; });
}

TypedPlanPtr ExtendPlan(const TypedPlanPtr& plan, const std::vector<ColumnId>& missing) {
  if (std::all_of(missing.begin(), missing.end(), [&](ColumnId id) { return HasColumn(*plan, id); }))
    return plan;
  if (const auto* project = plan->As<TypedProject>()) return ExtendProject(*project, plan->output, missing);
  if (const auto* filter = plan->As<TypedFilter>()) return ExtendPassing(*filter, plan->output, missing);
  if (const auto* sort = plan->As<TypedSort>()) return ExtendPassing(*sort, plan->output, missing);
  if (const auto* limit = plan->As<TypedLimit>()) return ExtendPassing(*limit, plan->output, missing);
  if (const auto* tail = plan->As<TypedTail>()) return ExtendPassing(*tail, plan->output, missing);
  if (const auto* sample = plan->As<TypedSample>()) return ExtendPassing(*sample, plan->output, missing);
  if (const auto* observe = plan->As<TypedObserve>()) return ExtendPassing(*observe, plan->output, missing);
  if (const auto* window = plan->As<TypedWindow>()) return ExtendWindow(*window, plan->output, missing);
  return plan;
}

ScopePtr ScopeOf(const std::vector<Column>& columns, const Qualifier& qualifier) {
  std::vector<ScopeColumn> found;
  found.reserve(columns.size());
  for (const Column& column : columns) found.push_back({column, qualifier, column.id});
  return std::make_shared<const Scope>(std::move(found));
}

Resolved WithPlan(const Resolved& relation, TypedPlanPtr plan) {
  Resolved out;
  out.plan = std::move(plan);
  out.scope = relation.scope;
  out.below = std::make_shared<const Resolved>(relation);
  out.trees = relation.trees;
  return out;
}

std::vector<Column> ColumnsOf(const Scope& scope) {
  std::vector<Column> columns;
  columns.reserve(scope.columns().size());
  for (const ScopeColumn& column : scope.columns()) columns.push_back(column.column);
  return columns;
}

TypedPlanPtr VisiblePlan(const Resolved& relation) {
  if (relation.plan->output.size() == relation.scope->columns().size()) return relation.plan;
  TypedProject project{relation.plan, {}};
  for (const ScopeColumn& column : relation.scope->columns())
    project.expressions.push_back(ReferenceTo(column.column));
  return MakePlan(std::move(project), ColumnsOf(*relation.scope));
}

}  // namespace hearth::spark
