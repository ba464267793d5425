// WHERE, HAVING and DataFrame.filter.
#include <algorithm>
#include <unordered_set>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

void RequireBoolean(const TypedExpressionPtr& condition, const OriginPtr& origin, const Analysis& analysis) {
  if (condition->type.Is(TypeId::kBoolean)) return;
  const std::string name = QuoteDouble(PrettyName(*condition, analysis.environment));
  throw CheckFailure("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                     {{"sqlExpr", name}, {"filter", name}, {"type", QuoteDouble(condition->type.sql())}},
                     origin);
}

void RejectAggregates(const TypedExpressionPtr& condition, const OriginPtr& origin,
                      const Analysis& analysis) {
  std::string names;
  const ExpressionVisitor collect = [&](const TypedExpressionPtr& e) {
    if (e->As<AggregateCall>() != nullptr) {
      names += (names.empty() ? "" : ", ") + ExpressionSql(*e, analysis.environment);
    }
    ForEachChild(*e, collect);
  };
  collect(condition);
  if (names.empty()) return;
  throw CheckFailure(
      "INVALID_WHERE_CONDITION",
      {{"condition", QuoteDouble(PrettyName(*condition, analysis.environment))}, {"expressionList", names}},
      origin);
}

// Whether HAVING uses a key or an aggregate that the select list does not give as it is.
bool ReadsMoreThanOutputs(const AggregateBlock& block) {
  return Contains(block.having, [&](const TypedExpression& e) {
    const auto* column = e.As<ColumnReference>();
    if (column == nullptr || column->is_outer) return false;
    return std::none_of(block.outputs.begin(), block.outputs.end(),
                        [&](const TypedExpressionPtr& output) { return SameExpression(*output, e); });
  });
}

// HAVING names the aggregate's input first, then its output; a column of the input that is neither grouped
// nor aggregated is taken from the output instead.
Resolved ResolveHaving(const Filter& filter, const Resolved& input, const OriginPtr& origin, bool input_first,
                       Analysis& analysis) {
  AggregateBlock block = *input.aggregate;
  std::unordered_set<ColumnId> rejected;
  while (true) {
    ExpressionResolver resolver(analysis, input);
    const auto look = [&](const UnresolvedAttribute& attribute, const OriginPtr& at, bool in_aggregate) {
      TypedExpressionPtr found = resolver.FindColumn(attribute.parts, block.input, at);
      const auto reads_rejected = [&](const TypedExpression& e) {
        const auto* column = e.As<ColumnReference>();
        return column != nullptr && rejected.count(column->id) > 0;
      };
      const bool is_rejected = found != nullptr && !in_aggregate && Contains(found, reads_rejected);
      return is_rejected ? nullptr : found;
    };
    if (input_first) {
      resolver.LookBefore(look);
    } else {
      resolver.LookAfter(look);
    }
    resolver.SetOuter(&block.input, &input);
    TypedExpressionPtr condition = resolver.Resolve(filter.condition);
    if (filter.is_having && !condition->type.Is(TypeId::kBoolean)) {
      // Spark's parser casts what stands in HAVING.
      condition = ExplicitCast(condition, DataType::Boolean(), CastMode::kAnsi, condition->origin,
                               analysis.environment);
    }
    RequireBoolean(condition, origin, analysis);
    if (ContainsWindow(condition)) {
      throw Error(ExceptionKind::kAnalysis, "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE",
                  {{"clauseName", "HAVING"}});
    }
    AggregateBlock extended = block;
    GroupedExpressions grouped(extended, analysis);
    grouped.ReplaceOutputs();
    std::unordered_set<ColumnId> ungrouped;
    condition = grouped.Rewrite(condition, &ungrouped);
    if (!ungrouped.empty()) {
      const size_t known = rejected.size();
      rejected.insert(ungrouped.begin(), ungrouped.end());
      if (rejected.size() == known) throw Error::Decline("this HAVING", origin);
      continue;  // each round rejects a column more
    }
    if (extended.having != nullptr) {
      FunctionRequest both;
      both.name = "and";
      both.arguments = {extended.having, std::move(condition)};
      condition = ResolveFunction(both, analysis.environment);
    }
    extended.having = std::move(condition);
    extended.is_closed = extended.is_closed || ReadsMoreThanOutputs(extended);
    return RelationOf(std::move(extended), input.trees, analysis);
  }
}

}  // namespace

Resolved ResolveFilter(const Filter& filter, const Relation& relation, Analysis& analysis) {
  const bool on_aggregate =
      filter.is_having && filter.input != nullptr && filter.input->As<Aggregate>() != nullptr;
  // Errors of an aggregation with HAVING point at all of the query, as the filter's own do.
  const RelationPtr below_filter = on_aggregate
                                       ? std::make_shared<const Relation>(Relation{
                                             filter.input->node, relation.origin, filter.input->plan_id})
                                       : filter.input;
  Resolved input = ResolveRelation(below_filter, analysis);
  if (input.aggregate != nullptr && filter.is_having) {
    return ResolveHaving(filter, input, relation.origin, /*input_first=*/true, analysis);
  }
  ExpressionResolver resolver(analysis, input);
  resolver.AllowMissing();
  TypedExpressionPtr condition = resolver.Resolve(filter.condition);
  if (input.aggregate != nullptr && ContainsAggregate(condition)) {
    return ResolveHaving(filter, input, relation.origin, /*input_first=*/false, analysis);
  }
  RequireBoolean(condition, relation.origin, analysis);
  if (ContainsWindow(condition)) {
    throw Error(ExceptionKind::kAnalysis, "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", {{"clauseName", "WHERE"}});
  }
  RejectAggregates(condition, relation.origin, analysis);
  TypedPlanPtr below = ExtendPlan(input.plan, resolver.missing());
  std::vector<Column> output = below->output;
  return WithPlan(input, MakePlan(TypedFilter{std::move(below), std::move(condition)}, std::move(output)));
}

}  // namespace hearth::spark
