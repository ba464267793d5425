// DataFrame.observe: aggregates over the rows that pass a place of the plan.
#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

// What Spark takes for a metric: plain aggregates, and columns nowhere but inside of them.
class MetricCheck {
 public:
  MetricCheck(const SelectItem& item, const Environment& environment)
      : item_(item), environment_(environment) {}

  void Run() const { Check(item_.expression, /*in_aggregate=*/false); }

 private:
  void Check(const TypedExpressionPtr& expression, bool in_aggregate) const {
    if (expression->As<WindowCall>() != nullptr) Reject("WINDOW_EXPRESSIONS_UNSUPPORTED", expression);
    if (const auto* call = expression->As<AggregateCall>()) {
      if (in_aggregate) Reject("NESTED_AGGREGATES_UNSUPPORTED", expression);
      if (call->is_distinct) Reject("AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED", expression);
      if (call->filter != nullptr) Reject("AGGREGATE_EXPRESSION_WITH_FILTER_UNSUPPORTED", expression);
      in_aggregate = true;
    }
    if (expression->As<ColumnReference>() != nullptr && !in_aggregate) {
      Reject("NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE", expression);
    }
    ForEachChild(*expression, [&](const TypedExpressionPtr& child) { Check(child, in_aggregate); });
  }

  [[noreturn]] void Reject(const std::string& why, const TypedExpressionPtr& at) const {
    const TypedExpressionPtr& e = item_.expression;
    const TypedExpressionPtr named =
        item_.keeps_id ? e : MakeTyped(TypedAlias{e, item_.name, ""}, e->type, e->nullable, e->origin);
    throw CheckFailure("INVALID_OBSERVED_METRICS." + why,
                       {{"expr", QuoteDouble(PrettyName(*named, environment_))}}, at->origin);
  }

  const SelectItem& item_;
  const Environment& environment_;
};

// One DataFrame may stand in a plan twice; two may not share a name.
void Register(const std::string& name, const Relation& relation, Analysis& analysis) {
  const auto [found, is_new] = analysis.observations.emplace(name, relation.plan_id);
  if (!is_new && (!relation.plan_id.has_value() || found->second != relation.plan_id)) {
    throw CheckFailure("DUPLICATED_METRICS_NAME", {{"metricName", name}}, relation.origin);
  }
}

}  // namespace

Resolved ResolveCollectMetrics(const CollectMetrics& collect, const Relation& relation, Analysis& analysis) {
  Resolved input = ResolveRelation(collect.input, analysis);
  if (collect.metrics.empty()) {
    throw Error(ExceptionKind::kSpark, "INTERNAL_ERROR",
                {{"message", "Found the unresolved operator: 'CollectMetrics " + collect.name + ", " +
                                 std::to_string(relation.plan_id.value_or(0))}});
  }
  ExpressionResolver resolver(analysis, input);
  resolver.SetOrigin(relation.origin);
  std::vector<SelectItem> items;
  for (const ExpressionPtr& metric : collect.metrics) {
    for (SelectItem& item : resolver.ResolveItems(metric)) items.push_back(std::move(item));
  }
  for (const SelectItem& item : items) MetricCheck(item, analysis.environment).Run();
  Register(collect.name, relation, analysis);
  // What a view observes is told to nobody: only the observations of the request's own plan are.
  if (analysis.view_depth > 0) return input;
  if (analysis.parameters != nullptr || analysis.bindings != nullptr) {
    throw Error::Decline("observed metrics of a DataFrame inside of SQL text", relation.origin);
  }
  if (analysis.outer != nullptr) throw Error::Decline("observed metrics in a subquery", relation.origin);

  auto observation = std::make_shared<Observation>();
  observation->name = collect.name;
  observation->plan_id = relation.plan_id;
  observation->metrics =
      VisiblePlan(MakeAggregate(input, Grouping{}, std::move(items), relation.origin, analysis));
  std::vector<Column> output = input.plan->output;
  return WithPlan(input, MakePlan(TypedObserve{input.plan, std::move(observation)}, std::move(output)));
}

}  // namespace hearth::spark
