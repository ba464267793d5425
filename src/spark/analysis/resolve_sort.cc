// ORDER BY, SORT BY, LIMIT, OFFSET and tail().
#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/resolve_subquery.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

struct OrderBy {
  ExpressionPtr expression;  // without its SortOrder
  SortKey key;               // direction; the expression once it is resolved
};

OrderBy Direction(const ExpressionPtr& order) {
  const auto* sort = order->As<SortOrder>();
  if (sort == nullptr) return {order, {nullptr, true, true}};
  return {sort->child, {nullptr, sort->ascending, sort->nulls_first}};
}

bool IsAll(const ExpressionPtr& expression) {
  if (const auto* call = expression->As<FunctionCall>()) {
    return call->name.size() == 1 && SameName(call->name[0], "all") && call->arguments.empty();
  }
  const auto* attribute = expression->As<UnresolvedAttribute>();
  return attribute != nullptr && attribute->parts.size() == 1 && SameName(attribute->parts[0], "all");
}

std::optional<int64_t> Position(const ExpressionPtr& expression) {
  const auto* literal = expression->As<Literal>();
  if (literal == nullptr || !literal->type.Is(TypeId::kInteger) || literal->value.IsNull())
    return std::nullopt;
  return literal->value.As<int64_t>();
}

TypedExpressionPtr AtPosition(int64_t position, const Resolved& input, const OriginPtr& origin) {
  const auto& columns = input.scope->columns();
  if (position < 1 || position > static_cast<int64_t>(columns.size())) {
    throw Error(ExceptionKind::kAnalysis, "ORDER_BY_POS_OUT_OF_RANGE",
                {{"index", std::to_string(position)}, {"size", std::to_string(columns.size())}}, origin);
  }
  return ReferenceTo(columns[static_cast<size_t>(position) - 1], "", origin);
}

bool IsCorrelatedScalar(const TypedExpression& e) {
  const auto* subquery = e.As<TypedSubquery>();
  return subquery != nullptr && subquery->kind == SubqueryExpression::Kind::kScalar &&
         !subquery->outer_references.empty();
}

void CheckKey(const TypedExpressionPtr& key, const OriginPtr& origin, const Analysis& analysis) {
  if (ContainsWindow(key)) throw Error::Decline("a window function in ORDER BY", key->origin);
  if (Contains(key, IsCorrelatedScalar))
    throw Error::Decline("a correlated subquery in ORDER BY", key->origin);
  if (ContainsAggregate(key)) {
    throw CheckFailure("UNSUPPORTED_EXPR_FOR_OPERATOR",
                       {{"invalidExprSqls", QuoteDouble(PrettyName(*key, analysis.environment))}}, origin);
  }
  RejectOuterReferences({key}, origin, analysis);
}

// Resolves the keys of ORDER BY on an aggregation, which may name its input in aggregate functions and in
// grouping expressions.
class AggregateSort {
 public:
  AggregateSort(const Resolved& input, Analysis& analysis)
      : input_(input), block_(*input.aggregate), grouped_(block_, analysis), resolver_(analysis, input) {
    resolver_.IgnoreAmbiguity();
    resolver_.LookAfter([this](const UnresolvedAttribute& attribute, const OriginPtr& origin, bool) {
      TypedExpressionPtr found = resolver_.FindColumn(attribute.parts, block_.input, origin);
      if (found != nullptr) {
        Contains(found, [&](const TypedExpression& e) {
          const auto* column = e.As<ColumnReference>();
          if (column != nullptr) names_.emplace(column->id, std::pair(attribute.parts, origin));
          return false;
        });
      }
      return found;
    });
  }

  TypedExpressionPtr Resolve(const ExpressionPtr& expression) {
    TypedExpressionPtr key = resolver_.ResolveSortKey(expression).expression;
    std::unordered_set<ColumnId> ungrouped;
    TypedExpressionPtr rewritten = grouped_.Rewrite(key, &ungrouped);
    for (const ColumnId id : ungrouped) {
      const auto found = names_.find(id);
      if (found == names_.end()) throw Error::Decline("this ORDER BY on an aggregation", key->origin);
      throw UnresolvedColumn(found->second.first, input_.scope.get(), found->second.second);
    }
    return ByOutput(rewritten);
  }

  // The aggregation with what the keys need behind its columns.
  Resolved Extended(Analysis& analysis) { return RelationOf(block_, input_.trees, analysis); }

 private:
  // A key that is in the select list is sorted by that column; others make the aggregation pass more columns
  // on.
  TypedExpressionPtr ByOutput(const TypedExpressionPtr& key) {
    return Transform(key, [this](const TypedExpressionPtr& e) -> TypedExpressionPtr {
      for (size_t i = 0; i < block_.outputs.size(); ++i) {
        if (e->As<Constant>() == nullptr && SameExpression(*block_.outputs[i], *e)) {
          return ReferenceTo(block_.columns[i]);
        }
      }
      if (const auto* column = e->As<ColumnReference>(); column != nullptr && !column->is_outer)
        Pass(column->id);
      return nullptr;
    });
  }

  void Pass(ColumnId id) {
    const auto is_column = [&](const Column& c) { return c.id == id; };
    const auto is_output = [&](const ScopeColumn& c) { return c.column.id == id; };
    if (std::any_of(block_.columns.begin(), block_.columns.end(), is_output)) return;
    if (std::any_of(block_.passed.begin(), block_.passed.end(), is_column)) return;
    for (const auto* columns : {&block_.keys, &block_.grouping_id, &block_.results}) {
      const auto found = std::find_if(columns->begin(), columns->end(), is_column);
      if (found != columns->end()) {
        block_.passed.push_back(*found);
        return;
      }
    }
  }

  const Resolved& input_;
  AggregateBlock block_;
  GroupedExpressions grouped_;
  ExpressionResolver resolver_;
  std::unordered_map<ColumnId, std::pair<std::vector<std::string>, OriginPtr>> names_;
};

Resolved MakeSort(const Resolved& names, TypedPlanPtr plan, std::vector<SortKey> keys) {
  std::vector<Column> output = plan->output;
  return WithPlan(names, MakePlan(TypedSort{std::move(plan), std::move(keys)}, std::move(output)));
}

// Keys given by position or as ALL need no names; the others are resolved by `resolve`.
template <typename Resolve>
std::vector<SortKey> ResolveKeys(const Sort& sort, const Resolved& input, const OriginPtr& origin,
                                 Analysis& analysis, const Resolve& resolve) {
  const bool has_positions = analysis.Setting("spark.sql.orderByOrdinal");
  std::vector<SortKey> keys;
  for (const ExpressionPtr& order : sort.orders) {
    OrderBy by = Direction(order);
    const bool is_all = sort.is_global && sort.orders.size() == 1 && IsAll(by.expression) &&
                        input.scope->Find({"all"}).empty();
    if (is_all) {
      for (const ScopeColumn& column : input.scope->columns()) {
        by.key.expression = ReferenceTo(column);
        keys.push_back(by.key);
      }
      return keys;
    }
    const std::optional<int64_t> position = has_positions ? Position(by.expression) : std::nullopt;
    by.key.expression =
        position.has_value() ? AtPosition(*position, input, by.expression->origin) : resolve(by.expression);
    CheckKey(by.key.expression, origin, analysis);
    keys.push_back(std::move(by.key));
  }
  return keys;
}

// The value of an int expression of literals, where + - * and the sign are all that it computes with.
std::optional<int64_t> FoldInteger(const TypedExpression& e) {
  if (const auto* constant = e.As<Constant>()) {
    const auto* number = std::get_if<int64_t>(&constant->value.data);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }
  const auto* call = e.As<Call>();
  if (call == nullptr || call->arguments.empty() || call->arguments.size() > 2) return std::nullopt;
  const std::optional<int64_t> l = FoldInteger(*call->arguments[0]);
  const std::optional<int64_t> r = call->arguments.size() == 2 ? FoldInteger(*call->arguments[1]) : 0;
  if (!l.has_value() || !r.has_value()) return std::nullopt;
  std::optional<int64_t> result;
  if (call->arguments.size() == 1) {
    if (call->function == "negative") result = -*l;
  } else if (call->function == "+") {
    result = *l + *r;
  } else if (call->function == "-") {
    result = *l - *r;
  } else if (call->function == "*") {
    result = *l * *r;
  }
  // What overflows an int is an error at run time, which is not said here.
  const bool fits = result.has_value() && *result >= std::numeric_limits<int32_t>::min() &&
                    *result <= std::numeric_limits<int32_t>::max();
  return fits ? result : std::nullopt;
}

bool IsStar(const OriginPtr& origin) {
  if (origin == nullptr || !origin->IsSql()) return false;
  const auto stop = static_cast<size_t>(std::max(origin->stop, 0));
  return stop < origin->sql_text->size() && (*origin->sql_text)[stop] == '*';
}

// Where Spark points for a column: at the place that made it an output of `plan`. Null for a column that is
// not known to be an output as it is; a star's for a column that a star gave.
OriginPtr OriginOfColumn(const TypedPlan& plan, ColumnId id) {
  if (const auto* sort = plan.As<TypedSort>()) return OriginOfColumn(*sort->input, id);
  if (const auto* filter = plan.As<TypedFilter>()) return OriginOfColumn(*filter->input, id);
  if (const auto* limit = plan.As<TypedLimit>()) return OriginOfColumn(*limit->input, id);
  const auto* project = plan.As<TypedProject>();
  if (project == nullptr) return nullptr;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    const TypedExpression& expression = *project->expressions[i];
    const auto* column = expression.As<ColumnReference>();
    if (plan.output[i].id == id && column != nullptr && column->id == id) return expression.origin;
  }
  return nullptr;
}

// `below`: the origin of the relation whose rows are counted.
int64_t ResolveCount(const ExpressionPtr& expression, const Resolved& input, const OriginPtr& below,
                     const std::string& clause, Analysis& analysis) {
  ExpressionResolver resolver(analysis, input);
  const TypedExpressionPtr value = resolver.Resolve(expression);
  const auto fail = [&](const std::string& reason, Error::Parameters more) -> Error {
    more.emplace("name", clause);
    more.emplace("expr", QuoteDouble(PrettyName(*value, analysis.environment)));
    const auto* column = value->As<ColumnReference>();
    OriginPtr place = column == nullptr ? nullptr : OriginOfColumn(*input.plan, column->id);
    // Spark makes the columns of a star where it resolves the whole query.
    if (IsStar(place)) place = below;
    return CheckFailure("INVALID_LIMIT_LIKE_EXPRESSION." + reason, std::move(more),
                        place == nullptr ? expression->origin : place);
  };
  if (Contains(value, [](const TypedExpression& e) { return e.As<ColumnReference>() != nullptr; })) {
    throw fail("IS_UNFOLDABLE", {});
  }
  if (!value->type.Is(TypeId::kInteger)) {
    const bool is_literal = value->As<Constant>() != nullptr;
    if (!is_literal)
      throw Error::Decline("a " + clause + " that is not an integer literal", expression->origin);
    throw fail("DATA_TYPE", {{"dataType", QuoteDouble(value->type.sql())}});
  }
  if (const auto* constant = value->As<Constant>(); constant != nullptr && constant->value.IsNull()) {
    throw fail("IS_NULL", {});
  }
  const std::optional<int64_t> folded = FoldInteger(*value);
  if (!folded.has_value()) throw Error::Decline("a " + clause + " that is not a literal", expression->origin);
  const int64_t count = *folded;
  if (count < 0) throw fail("IS_NEGATIVE", {{"v", std::to_string(count)}});
  return count;
}

}  // namespace

Resolved ResolveSort(const Sort& sort, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(sort.input, analysis);
  if (input.aggregate != nullptr) {
    AggregateSort order(input, analysis);
    std::vector<SortKey> keys = ResolveKeys(sort, input, relation.origin, analysis,
                                            [&](const ExpressionPtr& e) { return order.Resolve(e); });
    return MakeSort(input, order.Extended(analysis).plan, std::move(keys));
  }
  ExpressionResolver resolver(analysis, input);
  resolver.AllowMissing();
  resolver.IgnoreAmbiguity();
  std::vector<SortKey> keys =
      ResolveKeys(sort, input, relation.origin, analysis,
                  [&](const ExpressionPtr& e) { return resolver.ResolveSortKey(e).expression; });
  return MakeSort(input, ExtendPlan(input.plan, resolver.missing()), std::move(keys));
}

Resolved ResolveLimit(const Limit& limit, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(limit.input, analysis);
  const int64_t count = ResolveCount(limit.count, input, limit.input->origin, "limit", analysis);
  // LIMIT over OFFSET is one node, so that it can be one top-n.
  const auto* below = input.plan->As<TypedLimit>();
  if (below != nullptr && !below->limit.has_value()) {
    if (std::numeric_limits<int32_t>::max() - count < below->offset) {
      throw CheckFailure("SUM_OF_LIMIT_AND_OFFSET_EXCEEDS_MAX_INT",
                         {{"limit", std::to_string(count)}, {"offset", std::to_string(below->offset)}},
                         relation.origin);
    }
    return WithPlan(input, MakePlan(TypedLimit{below->input, count, below->offset}, input.plan->output));
  }
  return WithPlan(input, MakePlan(TypedLimit{input.plan, count, 0}, input.plan->output));
}

Resolved ResolveOffset(const Offset& offset, const Relation&, Analysis& analysis) {
  const Resolved input = ResolveRelation(offset.input, analysis);
  const int64_t count = ResolveCount(offset.count, input, offset.input->origin, "offset", analysis);
  return WithPlan(input, MakePlan(TypedLimit{input.plan, std::nullopt, count}, input.plan->output));
}

Resolved ResolveTail(const Tail& tail, const Relation&, Analysis& analysis) {
  const Resolved input = ResolveRelation(tail.input, analysis);
  const int64_t count = ResolveCount(tail.count, input, tail.input->origin, "tail", analysis);
  return WithPlan(input, MakePlan(TypedTail{input.plan, count}, input.plan->output));
}

}  // namespace hearth::spark
