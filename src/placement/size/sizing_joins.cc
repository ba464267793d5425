#include "placement/size/sizing.h"

#include <algorithm>
#include <iterator>

namespace hearth::placement {

namespace {

using spark::ExpressionList;
using spark::ExpressionPtr;
using spark::RelationPtr;

/// Groups that a condition on their aggregates leaves.
constexpr double kOfHaving = 0.1;

}  // namespace

Sizing::Frame Sizing::Expand(const spark::Filter& filter) {
  // HAVING is about the aggregate's own columns.
  if (filter.is_having) {
    const ExpressionFacts facts = Note({filter.condition});
    return Over(filter.input, AllRows(), facts, [](Flow flow) {
      flow.rows *= kOfHaving;
      flow.variance += kVarianceOfGroups;
      return flow;
    });
  }
  ExpressionList conditions = OperandsOf(filter.condition, "and", budget_);
  return Group(filter.input, std::move(conditions));
}

Sizing::Frame Sizing::Expand(const spark::Join& join) {
  const bool is_free = (join.type == spark::JoinType::kInner || join.type == spark::JoinType::kCross) &&
                       join.using_columns.empty() && !join.is_natural && !join.is_lateral;
  if (is_free) return Group(spark::MakeRelation(spark::Join(join)), {});
  ExpressionList conditions = OperandsOf(join.condition, "and", budget_);
  const ExpressionFacts facts = Note(conditions);
  Name(join.using_columns);
  Frame frame;
  for (const auto* subquery : facts.subqueries) frame.children.emplace_back(subquery->plan, All());
  frame.children.emplace_back(join.left, AllRows());
  Demand right = AllRows();
  const bool is_half = join.type == spark::JoinType::kLeftSemi || join.type == spark::JoinType::kLeftAnti;
  if (is_half) right.all_columns = false;
  frame.children.emplace_back(join.right, std::move(right));
  frame.combine = [this, conditions, using_columns = join.using_columns, type = join.type,
                   is_natural = join.is_natural](std::vector<Flow> flows) {
    Flow right_flow = std::move(flows.back());
    flows.pop_back();
    Flow left_flow = std::move(flows.back());
    flows.pop_back();
    for (Flow& flow : flows) totals_.Charge(flow);
    auto columns = using_columns;
    if (is_natural) columns = Shared(left_flow, right_flow);
    return JoinTwo(std::move(left_flow), std::move(right_flow), conditions, columns, KeptBy(type), budget_,
                   totals_);
  };
  return frame;
}

KeptRows Sizing::KeptBy(spark::JoinType type) {
  switch (type) {
    case spark::JoinType::kInner:
    case spark::JoinType::kCross: return KeptRows::kMatched;
    case spark::JoinType::kLeftOuter: return KeptRows::kLeft;
    case spark::JoinType::kRightOuter: return KeptRows::kRight;
    case spark::JoinType::kFullOuter: return KeptRows::kBoth;
    case spark::JoinType::kLeftSemi: return KeptRows::kLeftMatched;
    case spark::JoinType::kLeftAnti: return KeptRows::kLeftUnmatched;
  }
  return KeptRows::kMatched;
}

std::vector<std::string> Sizing::Shared(const Flow& left, const Flow& right) {
  std::vector<std::string> names;
  for (const Part& part : left.parts) {
    if (part.columns == nullptr) continue;
    for (const auto& [name, column] : *part.columns) {
      if (right.Find(spark::UnresolvedAttribute{{name}, {}, false}) != nullptr) names.push_back(name);
    }
  }
  return names;
}

Sizing::Frame Sizing::Group(const RelationPtr& root, ExpressionList conditions) {
  std::vector<RelationPtr> inputs;
  std::vector<RelationPtr> waiting = {root};
  while (!waiting.empty()) {
    const RelationPtr next = std::move(waiting.back());
    waiting.pop_back();
    const auto* join = next == nullptr ? nullptr : next->As<spark::Join>();
    const auto* filter = next == nullptr ? nullptr : next->As<spark::Filter>();
    const bool is_free = join != nullptr && join->using_columns.empty() && !join->is_natural &&
                         !join->is_lateral &&
                         (join->type == spark::JoinType::kInner || join->type == spark::JoinType::kCross);
    if (!budget_.Take() || (!is_free && (filter == nullptr || filter->is_having))) {
      inputs.push_back(next);
      continue;
    }
    keep_.push_back(next);
    const ExpressionList more = OperandsOf(is_free ? join->condition : filter->condition, "and", budget_);
    conditions.insert(conditions.end(), more.begin(), more.end());
    if (is_free) {
      waiting.push_back(join->right);
      waiting.push_back(join->left);
    } else {
      waiting.push_back(filter->input);
    }
  }
  return GroupOf(std::move(inputs), std::move(conditions));
}

Sizing::Frame Sizing::GroupOf(std::vector<RelationPtr> inputs, ExpressionList conditions) {
  Frame frame;
  std::vector<SubqueryCondition> subqueries;
  for (const ExpressionPtr& condition : conditions) {
    const ExpressionFacts facts = Note({condition});
    const std::string call = condition == nullptr ? "" : CallOf(*condition);
    for (const auto* subquery : facts.subqueries) {
      const bool is_scalar = subquery->kind == spark::SubqueryExpression::Kind::kScalar;
      subqueries.push_back({.subquery = subquery,
                            .is_comparison = is_scalar,
                            .is_equality = call == "==" || call == "=",
                            .is_negated = call == "not" || call == "!"});
      Demand demand = All();
      if (subquery->kind == spark::SubqueryExpression::Kind::kExists) demand.all_columns = false;
      frame.children.emplace_back(subquery->plan, std::move(demand));
    }
  }
  for (const RelationPtr& input : inputs) frame.children.emplace_back(input, AllRows());
  frame.combine = [this, conditions = std::move(conditions), subqueries](std::vector<Flow> flows) mutable {
    std::vector<Flow> joined(
        std::make_move_iterator(flows.begin() + static_cast<std::ptrdiff_t>(subqueries.size())),
        std::make_move_iterator(flows.end()));
    for (size_t i = 0; i < subqueries.size(); ++i) {
      totals_.Charge(flows[i]);
      subqueries[i].rows = std::move(flows[i]);
    }
    return Joined(std::move(joined), conditions, subqueries);
  };
  return frame;
}

Flow Sizing::Joined(std::vector<Flow> inputs, const ExpressionList& conditions,
                    const std::vector<SubqueryCondition>& subqueries) {
  std::vector<const SubqueryCondition*> late;
  for (const SubqueryCondition& one : subqueries) {
    const auto* name = one.subquery->kind == spark::SubqueryExpression::Kind::kIn &&
                               one.subquery->values.size() == 1 && one.subquery->values[0] != nullptr
                           ? one.subquery->values[0]->As<spark::UnresolvedAttribute>()
                           : nullptr;
    const auto owner =
        name == nullptr ? inputs.end() : std::find_if(inputs.begin(), inputs.end(), [name](const Flow& flow) {
          return flow.Find(*name) != nullptr;
        });
    if (owner == inputs.end()) {
      late.push_back(&one);
    } else {
      *owner = FilterBySubquery(std::move(*owner), one, totals_);
    }
  }
  Flow flow = JoinInputs(std::move(inputs), conditions, budget_, totals_);
  for (const SubqueryCondition* one : late) flow = FilterBySubquery(std::move(flow), *one, totals_);
  return flow;
}

}  // namespace hearth::placement
