#include <algorithm>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

TypedExpressionPtr Number(int64_t value, const DataType& type) {
  return MakeTyped(Constant{Value{value}}, type, false);
}

TypedExpressionPtr Function(std::string name, TypedExpressionList arguments, const OriginPtr& origin,
                            const Environment& environment) {
  FunctionRequest request;
  request.name = std::move(name);
  request.arguments = std::move(arguments);
  request.origin = origin;
  return ResolveFunction(request, environment);
}

std::string NamesOf(const TypedExpressionList& expressions, const Environment& environment) {
  std::string out;
  for (const TypedExpressionPtr& e : expressions)
    out += (out.empty() ? "" : ",") + PrettyName(*e, environment);
  return out;
}

bool IsAmong(const std::vector<Column>& columns, ColumnId id) {
  return std::any_of(columns.begin(), columns.end(), [&](const Column& c) { return c.id == id; });
}

bool IsOuterColumn(const TypedExpression& expression) {
  const auto* column = expression.As<ColumnReference>();
  return column != nullptr && column->is_outer;
}

void RejectNested(const TypedExpression& outer) {
  ForEachChild(outer, [](const TypedExpressionPtr& child) {
    if (child->As<AggregateCall>() != nullptr)
      throw CheckFailure("NESTED_AGGREGATE_FUNCTION", {}, child->origin);
    RejectNested(*child);
  });
}

}  // namespace

bool GroupedExpressions::IsKnown(ColumnId id) const {
  return IsAmong(block_.keys, id) || IsAmong(block_.results, id) || IsAmong(block_.grouping_id, id);
}

TypedExpressionPtr GroupedExpressions::Rewrite(const TypedExpressionPtr& expression,
                                               std::unordered_set<ColumnId>* ungrouped) {
  ungrouped_ = ungrouped;
  return Transform(expression, [this](const TypedExpressionPtr& e) { return Replace(e); });
}

TypedExpressionPtr GroupedExpressions::Replace(const TypedExpressionPtr& expression) {
  if (expression->As<Constant>() != nullptr) return expression;
  for (size_t i = 0; i < block_.grouping.keys.size(); ++i) {
    if (!SameExpression(*block_.grouping.keys[i], *expression)) continue;
    Column key = block_.keys[i];
    const auto* column = expression->As<ColumnReference>();
    if (column == nullptr) return ReferenceTo(key);
    ColumnReference reference = *column;
    reference.id = key.id;
    return MakeTyped(std::move(reference), key.type, key.nullable, expression->origin);
  }
  if (expression->As<AggregateCall>() != nullptr) return ReplaceAggregate(expression);
  if (const auto* call = expression->As<Call>();
      call != nullptr && (call->function == "grouping" || call->function == "grouping_id")) {
    return ReplaceGroupingCall(*call, expression->origin);
  }
  if (const auto* column = expression->As<ColumnReference>()) return ReplaceColumn(expression, *column);
  if (const auto* subquery = expression->As<TypedSubquery>()) CheckSubquery(expression, *subquery);
  return nullptr;
}

TypedExpressionPtr GroupedExpressions::ReplaceColumn(const TypedExpressionPtr& expression,
                                                     const ColumnReference& column) {
  if (column.is_outer || IsKnown(column.id)) return expression;
  for (size_t i = 0; i < block_.columns.size(); ++i) {
    if (block_.columns[i].column.id != column.id) continue;
    if (!replace_outputs_) return expression;
    if (ContainsWindow(block_.outputs[i]))
      throw Error::Decline("HAVING on a window function", expression->origin);
    return block_.outputs[i];
  }
  RejectColumn(expression);
  return expression;
}

void GroupedExpressions::RejectColumn(const TypedExpressionPtr& expression) {
  if (ungrouped_ != nullptr) {
    ungrouped_->insert(expression->As<ColumnReference>()->id);
    return;
  }
  if (block_.grouping.keys.empty()) throw CheckFailure("MISSING_GROUP_BY", {}, block_.origin);
  const std::string name = PrettyName(*expression, analysis_.environment);
  throw CheckFailure(
      "MISSING_AGGREGATION",
      {{"expression", QuoteDouble(name)}, {"expressionAnyValue", QuoteDouble("any_value(" + name + ")")}},
      nullptr);
}

TypedExpressionPtr GroupedExpressions::ReplaceAggregate(const TypedExpressionPtr& expression) {
  const auto inside = [&](const ExpressionPredicate& predicate) {
    bool found = false;
    ForEachChild(*expression,
                 [&](const TypedExpressionPtr& child) { found = found || Contains(child, predicate); });
    return found;
  };
  RejectNested(*expression);
  if (inside([](const TypedExpression& e) { return e.As<WindowCall>() != nullptr; })) {
    throw Error::Decline("a window function inside an aggregate function", expression->origin);
  }
  if (inside(IsOuterColumn)) {
    throw Error::Decline("an aggregate function over columns of an outer query", expression->origin);
  }
  if (inside([this](const TypedExpression& e) { return IsComputedOutput(e); })) {
    throw Error::Decline("an aggregate function over an alias of the select list", expression->origin);
  }
  bool is_random = false;
  ForEachChild(*expression,
               [&](const TypedExpressionPtr& child) { is_random = is_random || !IsDeterministic(child); });
  if (is_random) {
    throw CheckFailure("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION",
                       {{"sqlExpr", QuoteDouble(PrettyName(*expression, analysis_.environment))}},
                       expression->origin);
  }
  for (size_t i = 0; i < block_.aggregates.size(); ++i) {
    if (SameExpression(*block_.aggregates[i], *expression)) return ReferenceTo(block_.results[i]);
  }
  block_.aggregates.push_back(expression);
  block_.results.push_back({analysis_.NewColumnId(), PrettyName(*expression, analysis_.environment),
                            expression->type, expression->nullable, ""});
  return ReferenceTo(block_.results.back());
}

// A column that the select list computes: it is no column of the aggregate's input.
bool GroupedExpressions::IsComputedOutput(const TypedExpression& expression) const {
  const auto* column = expression.As<ColumnReference>();
  if (column == nullptr || IsKnown(column->id)) return false;
  return std::any_of(block_.columns.begin(), block_.columns.end(),
                     [&](const ScopeColumn& c) { return c.column.id == column->id; });
}

TypedExpressionPtr GroupedExpressions::GroupingId() {
  if (block_.grouping_id.empty()) {
    block_.grouping_id.push_back({analysis_.NewColumnId(), "spark_grouping_id", DataType::Long(), false, ""});
  }
  return ReferenceTo(block_.grouping_id[0]);
}

TypedExpressionPtr GroupedExpressions::ReplaceGroupingCall(const Call& call, const OriginPtr& origin) {
  if (block_.grouping.sets.empty()) throw CheckFailure("UNSUPPORTED_GROUPING_EXPRESSION", {}, origin);
  const TypedExpressionList& keys = block_.grouping.keys;
  const Environment& environment = analysis_.environment;
  if (call.function == "grouping_id") {
    const bool is_whole = call.arguments.empty() ||
                          std::equal(call.arguments.begin(), call.arguments.end(), keys.begin(), keys.end(),
                                     [](const auto& l, const auto& r) { return SameExpression(*l, *r); });
    if (is_whole) return GroupingId();
    throw Error(ExceptionKind::kAnalysis, "GROUPING_ID_COLUMN_MISMATCH",
                {{"groupingIdColumn", NamesOf(call.arguments, environment)},
                 {"groupByColumns", NamesOf(keys, environment)}},
                origin);
  }
  for (size_t i = 0; call.arguments.size() == 1 && i < keys.size(); ++i) {
    if (!SameExpression(*keys[i], *call.arguments[0])) continue;
    // The first key is the highest bit of the id.
    const auto shift = static_cast<int64_t>(keys.size() - 1 - i);
    TypedExpressionPtr bits =
        Function("shiftright", {GroupingId(), Number(shift, DataType::Integer())}, origin, environment);
    bits = Function("&", {std::move(bits), Number(1, DataType::Long())}, origin, environment);
    return ExplicitCast(std::move(bits), DataType::Byte(), CastMode::kAnsi, origin, environment);
  }
  throw Error(
      ExceptionKind::kAnalysis, "GROUPING_COLUMN_MISMATCH",
      {{"grouping", NamesOf(call.arguments, environment)}, {"groupingColumns", NamesOf(keys, environment)}},
      origin);
}

// The plan of a subquery names the columns around it by id, so they must be keys that kept theirs.
void GroupedExpressions::CheckSubquery(const TypedExpressionPtr& expression, const TypedSubquery& subquery) {
  const bool is_scalar = subquery.kind == SubqueryExpression::Kind::kScalar;
  for (const TypedExpressionPtr& reference : subquery.outer_references) {
    const ColumnId id = reference->As<ColumnReference>()->id;
    if (is_scalar && (is_select_list_ || (!IsKnown(id) && IsAmong(block_.input.plan->output, id)))) {
      throw CheckFailure("SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION",
                         {{"sqlExpr", QuoteDouble(PrettyName(*expression, analysis_.environment))}},
                         expression->origin);
    }
    if (IsKnown(id)) continue;
    const bool is_output = std::any_of(block_.columns.begin(), block_.columns.end(),
                                       [&](const ScopeColumn& c) { return c.column.id == id; });
    if (is_output || !block_.grouping.sets.empty()) {
      throw Error::Decline("a subquery that reads an aggregated column of its outer query",
                           expression->origin);
    }
    ungrouped_ = nullptr;
    RejectColumn(reference);
  }
}

}  // namespace hearth::spark
