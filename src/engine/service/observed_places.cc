#include "engine/service/observed_places.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::TypedPlan;
using spark::TypedPlanPtr;

bool IsAnyOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A column compared with a value: Spark's optimizer cannot know whether a row passes.
bool IsOpenComparison(const spark::TypedExpression& condition) {
  const auto* call = condition.As<spark::Call>();
  if (call == nullptr || !IsAnyOf(call->function, {"=", "<", "<=", ">", ">="})) return false;
  const spark::TypedExpression* right = call->arguments.at(1).get();
  if (const auto* cast = right->As<spark::CastTo>()) right = cast->child.get();
  const auto* value = right->As<spark::Constant>();
  return call->arguments[0]->As<spark::ColumnReference>() != nullptr && value != nullptr &&
         !value->value.IsNull();
}

// Rows that come in one order, whoever runs the plan.
bool HasFixedOrder(const TypedPlan& plan) {
  if (const auto* project = plan.As<spark::TypedProject>()) return HasFixedOrder(*project->input);
  if (const auto* filter = plan.As<spark::TypedFilter>()) return HasFixedOrder(*filter->input);
  if (const auto* limit = plan.As<spark::TypedLimit>()) return HasFixedOrder(*limit->input);
  if (const auto* observe = plan.As<spark::TypedObserve>()) return HasFixedOrder(*observe->input);
  return plan.As<spark::FileScan>() != nullptr || plan.As<spark::LocalScan>() != nullptr ||
         plan.As<spark::ValuesScan>() != nullptr || plan.As<spark::RangeScan>() != nullptr ||
         plan.As<spark::StoredScan>() != nullptr || plan.As<spark::OneRow>() != nullptr;
}

// Whether Spark's optimizer may know that the rows come in the order of `key` already: it then drops the
// sort.
bool MayBeSorted(const TypedPlan& plan, const spark::SortKey& key) {
  if (const auto* project = plan.As<spark::TypedProject>()) return MayBeSorted(*project->input, key);
  if (const auto* filter = plan.As<spark::TypedFilter>()) return MayBeSorted(*filter->input, key);
  if (const auto* limit = plan.As<spark::TypedLimit>()) return MayBeSorted(*limit->input, key);
  if (const auto* observe = plan.As<spark::TypedObserve>()) return MayBeSorted(*observe->input, key);
  if (const auto* range = plan.As<spark::RangeScan>()) return key.ascending == (range->step > 0);
  return plan.As<spark::TypedSort>() != nullptr || plan.As<spark::StoredScan>() != nullptr;
}

struct Inputs {
  std::vector<TypedPlanPtr> operator()(const spark::OneRow&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::FileScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::LocalScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::ValuesScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::RangeScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::StoredScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::CommonTableScan&) const { return {}; }
  std::vector<TypedPlanPtr> operator()(const spark::TypedJoin& node) const { return {node.left, node.right}; }
  std::vector<TypedPlanPtr> operator()(const spark::TypedSetOperation& node) const {
    return {node.left, node.right};
  }
  std::vector<TypedPlanPtr> operator()(const spark::TypedWith& node) const {
    std::vector<TypedPlanPtr> inputs;
    for (const spark::CommonTable& table : node.tables) inputs.push_back(table.plan);
    inputs.push_back(node.input);
    return inputs;
  }
  template <typename Node>
  std::vector<TypedPlanPtr> operator()(const Node& node) const {
    return {node.input};
  }
};

std::vector<TypedPlanPtr> InputsOf(const TypedPlan& plan) { return std::visit(Inputs{}, plan.node); }

// The metrics come from a run of their own over the place's input, which must give the rows of the other run.
void RequireRepeatable(const TypedPlan& plan) {
  const auto decline = [](const char* what) {
    throw spark::Error::Decline(std::string("observed metrics above ") + what);
  };
  if (plan.As<spark::TypedWindow>() != nullptr) decline("a window");
  if (plan.As<spark::TypedTail>() != nullptr) decline("a tail");
  if (const auto* limit = plan.As<spark::TypedLimit>(); limit != nullptr && !HasFixedOrder(*limit->input)) {
    decline("a limit of rows in no fixed order");
  }
  if (const auto* aggregate = plan.As<spark::TypedAggregate>()) {
    for (const auto& expression : aggregate->aggregates) {
      const auto* call = expression->As<spark::AggregateCall>();
      if (IsAnyOf(call->function,
                  {"first", "last", "first_value", "last_value", "any_value", "mode", "max_by", "min_by",
                   "collect_list", "array_agg", "listagg", "string_agg"})) {
        decline("an aggregate that depends on the order of rows");
      }
    }
  }
  for (const TypedPlanPtr& input : InputsOf(plan)) RequireRepeatable(*input);
}

// What stands above the node being looked at, beside the stacks of the Finder.
struct Path {
  // Limits that may end what is below them early.
  std::vector<RowCondition> limits;
  const char* blocked_by = nullptr;

  // All input is read before the first row comes out.
  void Blocks() { limits.clear(); }
  // Grouping without aggregates: Spark puts a limit of one row below it.
  void Groups() {
    std::erase_if(limits, [](const RowCondition& limit) { return limit.fewer_than > 1; });
  }
};

class Finder {
 public:
  void Visit(const TypedPlanPtr& plan, Path path) {
    const size_t filters = filters_.size();
    const size_t not_empty = not_empty_.size();
    std::visit([&](const auto& node) { VisitNode(node, plan, std::move(path)); }, plan->node);
    filters_.resize(filters);
    not_empty_.resize(not_empty);
  }

  std::vector<ObservedPlace> Places() && {
    // From below, as Spark tells them.
    std::reverse(places_.begin(), places_.end());
    return std::move(places_);
  }

 private:
  void VisitNode(const spark::TypedObserve& node, const TypedPlanPtr&, Path path) {
    if (path.blocked_by != nullptr) {
      throw spark::Error::Decline(std::string("observed metrics below ") + path.blocked_by);
    }
    RequireRepeatable(*node.input);
    const auto same = [&](const ObservedPlace& p) { return p.observation->name == node.observation->name; };
    if (std::none_of(places_.begin(), places_.end(), same)) {
      places_.push_back({node.observation, ConditionsOf(path)});
    }
    Visit(node.input, std::move(path));
  }

  std::vector<RowCondition> ConditionsOf(const Path& path) const {
    std::vector<RowCondition> conditions;
    for (const TypedPlanPtr& plan : not_empty_) conditions.push_back({plan, 1});
    conditions.insert(conditions.end(), path.limits.begin(), path.limits.end());
    // Spark's optimizer may find out that no row passes. A row that did shows that it has not; and of one
    // comparison it cannot know.
    const bool is_open =
        filters_.size() == 1 && IsOpenComparison(*filters_[0]->As<spark::TypedFilter>()->condition);
    if (!is_open) {
      for (const TypedPlanPtr& filter : filters_) conditions.push_back({filter, 1});
    }
    return conditions;
  }

  void VisitNode(const spark::TypedFilter& node, const TypedPlanPtr& plan, Path path) {
    filters_.push_back(plan);
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedSort& node, const TypedPlanPtr&, Path path) {
    if (node.keys.empty() || !MayBeSorted(*node.input, node.keys[0])) path.Blocks();
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedLimit& node, const TypedPlanPtr&, Path path) {
    if (node.limit == 0) path.blocked_by = "a limit of no rows";
    if (node.limit.has_value()) {
      int64_t taken = 0;
      if (__builtin_add_overflow(*node.limit, node.offset, &taken)) taken = INT64_MAX;
      path.limits.push_back({node.input, 0, taken});
    }
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedTail& node, const TypedPlanPtr&, Path path) {
    path.blocked_by = "a tail";
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedAggregate& node, const TypedPlanPtr&, Path path) {
    node.aggregates.empty() ? path.Groups() : path.Blocks();
    if (!node.grouping.empty()) not_empty_.push_back(node.input);
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedDistinct& node, const TypedPlanPtr&, Path path) {
    path.Groups();
    not_empty_.push_back(node.input);
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedWindow& node, const TypedPlanPtr&, Path path) {
    const auto is_ordered = [](const spark::TypedExpressionPtr& window) {
      return !window->As<spark::WindowCall>()->order_by.empty();
    };
    if (std::all_of(node.windows.begin(), node.windows.end(), is_ordered)) path.Blocks();
    not_empty_.push_back(node.input);
    Visit(node.input, std::move(path));
  }
  void VisitNode(const spark::TypedSetOperation& node, const TypedPlanPtr& plan, Path path) {
    if (node.type != spark::SetOperationType::kUnion) path.blocked_by = "INTERSECT or EXCEPT";
    if (!node.all) {
      path.Groups();
      not_empty_.push_back(plan);
    }
    Visit(node.left, path);
    Visit(node.right, std::move(path));
  }
  // A side is read to its end only where the join keeps all its rows.
  void VisitNode(const spark::TypedJoin& node, const TypedPlanPtr&, const Path& path) {
    const bool is_full = node.type == spark::JoinType::kFullOuter;
    VisitSide(node, node.left, is_full || node.type == spark::JoinType::kLeftOuter, path);
    VisitSide(node, node.right, is_full || node.type == spark::JoinType::kRightOuter, path);
  }
  void VisitSide(const spark::TypedJoin& join, const TypedPlanPtr& side, bool is_kept, Path path) {
    if (!is_kept || join.is_lateral) path.blocked_by = "a join that may not need all its rows";
    not_empty_.push_back(side);
    Visit(side, std::move(path));
    not_empty_.pop_back();
  }
  void VisitNode(const spark::TypedWith& node, const TypedPlanPtr&, Path path) {
    for (const spark::CommonTable& table : node.tables) {
      Path below = path;
      below.blocked_by = "a common table";
      Visit(table.plan, std::move(below));
    }
    Visit(node.input, std::move(path));
  }
  // Projections, which pass all rows on, and leaves.
  template <typename Node>
  void VisitNode(const Node&, const TypedPlanPtr& plan, const Path& path) {
    for (const TypedPlanPtr& input : InputsOf(*plan)) Visit(input, path);
  }

  // Along the path, from above.
  std::vector<TypedPlanPtr> filters_;
  // Where Spark runs a stage of its own: while it is empty, Spark drops what stands on it, and what was
  // observed with it.
  std::vector<TypedPlanPtr> not_empty_;
  std::vector<ObservedPlace> places_;
};

using ObservationList = std::vector<std::shared_ptr<const spark::Observation>>;

void Collect(const TypedPlan& plan, ObservationList* found) {
  for (const TypedPlanPtr& input : InputsOf(plan)) Collect(*input, found);
  const auto* observe = plan.As<spark::TypedObserve>();
  if (observe == nullptr) return;
  const auto same = [&](const auto& other) { return other->name == observe->observation->name; };
  if (std::none_of(found->begin(), found->end(), same)) found->push_back(observe->observation);
}

}  // namespace

ObservationList FindObservations(const TypedPlanPtr& plan) {
  ObservationList found;
  Collect(*plan, &found);
  return found;
}

std::vector<ObservedPlace> FindObservedPlaces(const TypedPlanPtr& plan) {
  if (FindObservations(plan).empty()) return {};
  // What stands above a node is as long as the plan is deep: quadratic, for nothing in nearly all plans.
  if (FindObservations(plan).empty()) return {};
  Finder finder;
  finder.Visit(plan, {});
  return std::move(finder).Places();
}

}  // namespace hearth::engine
