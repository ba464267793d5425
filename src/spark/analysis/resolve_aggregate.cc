#include "spark/analysis/resolve_aggregate.h"

#include <algorithm>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/resolve_subquery.h"
#include "spark/analysis/select_list.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

constexpr size_t kMaxGroupingKeys = 64;      // bits of a grouping id, as Spark
constexpr size_t kMaxGroupingSets = 65'536;  // beyond it an aggregation is no longer planned in sensible time

using Sets = std::vector<ExpressionList>;

const FunctionCall* AsCall(const ExpressionPtr& expression, std::string_view name) {
  const auto* call = expression->As<FunctionCall>();
  return call != nullptr && call->name.size() == 1 && call->name[0] == name ? call : nullptr;
}

// (a, b) inside of ROLLUP and the like; one expression is a group of its own.
ExpressionList GroupOf(const ExpressionPtr& expression) {
  const auto* group = AsCall(expression, "grouping_set");
  return group == nullptr ? ExpressionList{expression} : group->arguments;
}

void Append(ExpressionList* to, const ExpressionList& from) {
  to->insert(to->end(), from.begin(), from.end());
}

Sets RollupOf(const ExpressionList& groups) {
  Sets sets;
  for (size_t size = groups.size() + 1; size-- > 0;) {
    ExpressionList set;
    for (size_t i = 0; i < size; ++i) Append(&set, GroupOf(groups[i]));
    sets.push_back(std::move(set));
  }
  return sets;
}

Sets CubeOf(const ExpressionList& groups, const OriginPtr& origin) {
  if (groups.size() > 16) throw Error::Decline("CUBE of more than 16 groups", origin);
  Sets sets;
  for (size_t mask = size_t{1} << groups.size(); mask-- > 0;) {
    ExpressionList set;
    for (size_t i = 0; i < groups.size(); ++i) {
      if ((mask >> (groups.size() - 1 - i)) & 1) Append(&set, GroupOf(groups[i]));
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

bool IsAnalytic(const ExpressionPtr& expression) {
  return AsCall(expression, "rollup") != nullptr || AsCall(expression, "cube") != nullptr ||
         AsCall(expression, "grouping_sets") != nullptr;
}

Sets SetsOf(const ExpressionPtr& element) {
  if (const auto* rollup = AsCall(element, "rollup")) return RollupOf(rollup->arguments);
  if (const auto* cube = AsCall(element, "cube")) return CubeOf(cube->arguments, element->origin);
  const auto* sets = AsCall(element, "grouping_sets");
  if (sets == nullptr) return {{element}};
  Sets all;
  for (const ExpressionPtr& argument : sets->arguments) {
    if (IsAnalytic(argument)) {
      for (ExpressionList& set : SetsOf(argument)) all.push_back(std::move(set));
    } else {
      all.push_back(GroupOf(argument));
    }
  }
  return all;
}

// GROUP BY a, ROLLUP(b, c): every set of one element with every set of the next.
Sets CrossProduct(const Sets& left, const Sets& right, const OriginPtr& origin) {
  if (left.size() * right.size() > kMaxGroupingSets) throw Error::Decline("so many grouping sets", origin);
  Sets product;
  for (const ExpressionList& l : left) {
    for (const ExpressionList& r : right) {
      product.push_back(l);
      Append(&product.back(), r);
    }
  }
  return product;
}

// Resolves grouping expressions: columns, then aliases and positions of the select list.
class GroupingResolver {
 public:
  GroupingResolver(const Resolved& input, const std::vector<SelectItem>& items, bool has_positions,
                   Analysis& analysis)
      : items_(items), has_positions_(has_positions), analysis_(analysis), resolver_(analysis, input) {
    if (!analysis.Setting("spark.sql.groupByAliases")) return;
    resolver_.LookAfter(
        [this](const UnresolvedAttribute& attribute, const OriginPtr&, bool) -> TypedExpressionPtr {
          const std::string name = JoinName(attribute.parts);
          for (const SelectItem& item : items_) {
            if (SameName(item.name, name)) return item.expression;
          }
          return nullptr;
        });
  }

  // The key's index; equal keys are one.
  int Add(const ExpressionPtr& expression) {
    TypedExpressionPtr key = Resolve(expression);
    Check(key);
    for (size_t i = 0; i < grouping.keys.size(); ++i) {
      if (SameExpression(*grouping.keys[i], *key)) return static_cast<int>(i);
    }
    grouping.keys.push_back(std::move(key));
    return static_cast<int>(grouping.keys.size()) - 1;
  }

  void AddSet(const ExpressionList& set) {
    std::vector<int> indices;
    for (const ExpressionPtr& expression : set) {
      const int index = Add(expression);
      if (std::find(indices.begin(), indices.end(), index) == indices.end()) indices.push_back(index);
    }
    grouping.sets.push_back(std::move(indices));
  }

  const std::vector<ColumnId>& missing() const { return resolver_.missing(); }

  Grouping grouping;

 private:
  TypedExpressionPtr Resolve(const ExpressionPtr& expression) {
    const ExpressionPtr parsed = resolver_.Parse(expression);
    if (const auto* literal = parsed->As<Literal>(); literal != nullptr && has_positions_ &&
                                                     literal->type.Is(TypeId::kInteger) &&
                                                     !literal->value.IsNull()) {
      return AtPosition(literal->value.As<int64_t>(), parsed->origin);
    }
    TypedExpressionPtr key = resolver_.Resolve(parsed);
    const auto* alias = key->As<TypedAlias>();
    return alias == nullptr ? key : alias->child;
  }

  TypedExpressionPtr AtPosition(int64_t position, const OriginPtr& origin) {
    if (position < 1 || position > static_cast<int64_t>(items_.size())) {
      throw Error(ExceptionKind::kAnalysis, "GROUP_BY_POS_OUT_OF_RANGE",
                  {{"index", std::to_string(position)}, {"size", std::to_string(items_.size())}}, origin);
    }
    const TypedExpressionPtr& item = items_[static_cast<size_t>(position) - 1].expression;
    if (ContainsAggregate(item)) {
      throw Error(
          ExceptionKind::kAnalysis, "GROUP_BY_POS_AGGREGATE",
          {{"index", std::to_string(position)}, {"aggExpr", AliasedSql(static_cast<size_t>(position) - 1)}},
          origin);
    }
    return item;
  }

  std::string AliasedSql(size_t index) const {
    const TypedExpressionPtr& e = items_[index].expression;
    return ExpressionSql(*MakeTyped(TypedAlias{e, items_[index].name, ""}, e->type, e->nullable),
                         analysis_.environment);
  }

  void Check(const TypedExpressionPtr& key) {
    if (ContainsAggregate(key)) {
      throw CheckFailure("GROUP_BY_AGGREGATE", {{"sqlExpr", ExpressionSql(*key, analysis_.environment)}},
                         key->origin);
    }
    if (ContainsWindow(key)) throw Error::Decline("a window function in GROUP BY", key->origin);
    if (!IsDeterministic(key)) throw Error::Decline("a random value in GROUP BY", key->origin);
    if (grouping.keys.size() >= kMaxGroupingKeys && !grouping.sets.empty()) {
      throw Error(ExceptionKind::kAnalysis, "GROUPING_SIZE_LIMIT_EXCEEDED",
                  {{"maxSize", std::to_string(kMaxGroupingKeys)}}, key->origin);
    }
  }

  const std::vector<SelectItem>& items_;
  bool has_positions_;
  Analysis& analysis_;
  ExpressionResolver resolver_;
};

Sets GroupingSetsOf(const Aggregate& aggregate, const OriginPtr& origin) {
  switch (aggregate.type) {
    case GroupType::kRollup: return RollupOf(aggregate.grouping);
    case GroupType::kCube: return CubeOf(aggregate.grouping, origin);
    case GroupType::kGroupingSets: return {aggregate.grouping_sets.begin(), aggregate.grouping_sets.end()};
    case GroupType::kPivot: throw Error::Decline("pivot", origin);
    case GroupType::kGroupBy: break;
  }
  if (std::none_of(aggregate.grouping.begin(), aggregate.grouping.end(), IsAnalytic)) return {};
  Sets sets = {{}};
  for (const ExpressionPtr& element : aggregate.grouping) sets = CrossProduct(sets, SetsOf(element), origin);
  return sets;
}

bool HasColumnOutsideAggregates(const TypedExpressionPtr& expression) {
  if (expression->As<AggregateCall>() != nullptr) return false;
  if (expression->As<ColumnReference>() != nullptr) return true;
  bool found = false;
  ForEachChild(*expression,
               [&](const TypedExpressionPtr& child) { found = found || HasColumnOutsideAggregates(child); });
  return found;
}

Grouping GroupByAll(const std::vector<SelectItem>& items, const OriginPtr& origin) {
  Grouping grouping;
  for (const SelectItem& item : items) {
    if (!ContainsAggregate(item.expression)) grouping.keys.push_back(item.expression);
  }
  const auto has_column = [](const SelectItem& item) { return HasColumnOutsideAggregates(item.expression); };
  if (grouping.keys.empty() && std::any_of(items.begin(), items.end(), has_column)) {
    throw CheckFailure("UNRESOLVED_ALL_IN_GROUP_BY", {}, origin);
  }
  return grouping;
}

// The output columns of the keys. A plain GROUP BY keeps a column what it is; with grouping sets the key is a
// new column, NULL in the rows of the sets that lack it.
std::vector<Column> KeyColumns(const Grouping& grouping, const Resolved& input, Analysis& analysis) {
  std::vector<Column> columns;
  for (size_t i = 0; i < grouping.keys.size(); ++i) {
    const TypedExpressionPtr& key = grouping.keys[i];
    const auto* reference = key->As<ColumnReference>();
    const bool keeps_id = reference != nullptr && !reference->is_outer && grouping.sets.empty();
    const ScopeColumn* source = reference == nullptr ? nullptr : input.scope->FindId(reference->id);
    Column column{keeps_id ? reference->id : analysis.NewColumnId(),
                  reference != nullptr ? reference->name : PrettyName(*key, analysis.environment), key->type,
                  key->nullable, source == nullptr ? "" : source->column.metadata};
    for (const std::vector<int>& set : grouping.sets) {
      if (std::find(set.begin(), set.end(), static_cast<int>(i)) == set.end()) column.nullable = true;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

void DropEqualKeys(TypedExpressionList* keys) {
  TypedExpressionList distinct;
  for (TypedExpressionPtr& key : *keys) {
    const auto same = [&](const TypedExpressionPtr& other) { return SameExpression(*other, *key); };
    if (std::none_of(distinct.begin(), distinct.end(), same)) distinct.push_back(std::move(key));
  }
  *keys = std::move(distinct);
}

// An aggregation must give a column, or its printed form would have none.
void EnsureResult(AggregateBlock* block, Analysis& analysis) {
  if (!block->keys.empty() || !block->aggregates.empty()) return;
  FunctionRequest request;
  request.name = "count";
  request.arguments = {MakeTyped(Constant{Value{int64_t{1}}}, DataType::Integer(), false)};
  block->aggregates.push_back(ResolveFunction(request, analysis.environment));
  block->results.push_back({analysis.NewColumnId(), "count(1)", DataType::Long(), false, ""});
}

// The select list as errors show it: with its names.
TypedExpressionList NamedExpressions(const std::vector<SelectItem>& items) {
  TypedExpressionList named;
  for (const SelectItem& item : items) {
    const TypedExpressionPtr& e = item.expression;
    named.push_back(item.keeps_id ? e
                                  : MakeTyped(TypedAlias{e, item.name, ""}, e->type, e->nullable, e->origin));
  }
  return named;
}

// What names above see below a closed aggregation: the grouping columns.
std::shared_ptr<const Resolved> KeysBelow(const AggregateBlock& block, const TypedPlanPtr& plan) {
  std::vector<ScopeColumn> keys;
  for (const Column& key : block.keys) {
    const ScopeColumn* source = block.input.scope->FindId(key.id);
    if (source != nullptr) keys.push_back({key, source->qualifier, source->identity});
  }
  Resolved below;
  below.plan = plan;
  below.scope = std::make_shared<const Scope>(std::move(keys));
  return std::make_shared<const Resolved>(std::move(below));
}

}  // namespace

TypedPlanPtr BuildPlan(const AggregateBlock& block, Analysis& analysis) {
  TypedAggregate aggregate{block.input.plan, block.grouping.keys, block.aggregates, block.grouping.sets,
                           !block.grouping_id.empty()};
  std::vector<Column> output = block.keys;
  output.insert(output.end(), block.grouping_id.begin(), block.grouping_id.end());
  output.insert(output.end(), block.results.begin(), block.results.end());
  TypedPlanPtr plan = MakePlan(std::move(aggregate), output);
  if (block.having != nullptr) plan = MakePlan(TypedFilter{std::move(plan), block.having}, std::move(output));
  TypedProject project{nullptr, block.outputs};
  project.input = AddWindows(std::move(plan), &project.expressions, block.origin, analysis);
  std::vector<Column> columns;
  for (const ScopeColumn& column : block.columns) columns.push_back(column.column);
  for (const Column& column : block.passed) {
    project.expressions.push_back(ReferenceTo(column));
    columns.push_back(column);
  }
  return MakePlan(std::move(project), std::move(columns));
}

Resolved RelationOf(AggregateBlock block, std::vector<PlanTreePtr> trees, Analysis& analysis) {
  Resolved out;
  out.plan = BuildPlan(block, analysis);
  out.scope = std::make_shared<const Scope>(block.columns);
  out.trees = std::move(trees);
  if (block.is_closed) {
    out.below = KeysBelow(block, out.plan);
  } else {
    out.aggregate = std::make_shared<const AggregateBlock>(std::move(block));
  }
  return out;
}

Resolved MakeAggregate(const Resolved& input, Grouping grouping, std::vector<SelectItem> items,
                       const OriginPtr& origin, Analysis& analysis) {
  AggregateBlock block;
  block.input = input;
  block.origin = origin;
  DropEqualKeys(&grouping.keys);
  RejectOuterReferences(grouping.keys, origin, analysis);
  block.keys = KeyColumns(grouping, input, analysis);
  block.grouping = std::move(grouping);
  RejectOuterReferences(NamedExpressions(items), origin, analysis);
  GroupedExpressions grouped(block, analysis);
  grouped.IsSelectList();
  for (SelectItem& item : items) {
    item.expression = grouped.Rewrite(item.expression);
    const auto* reference = item.expression->As<ColumnReference>();
    item.keeps_id = item.keeps_id && reference != nullptr;
    block.outputs.push_back(item.expression);
  }
  EnsureResult(&block, analysis);
  block.columns = OutputOf(items, *input.scope, analysis);
  return RelationOf(std::move(block), input.trees, analysis);
}

Resolved ResolveAggregate(const Aggregate& aggregate, const Relation& relation, Analysis& analysis) {
  if (aggregate.type == GroupType::kPivot && aggregate.keys_prepended)
    return ResolvePivot(aggregate, relation, analysis);
  Resolved input = ResolveRelation(aggregate.input, analysis);
  ExpressionResolver resolver(analysis, input);
  resolver.SetOrigin(relation.origin);
  ExpressionList select;
  if (aggregate.keys_prepended) select = aggregate.grouping;
  Append(&select, aggregate.aggregates);
  std::vector<SelectItem> items = ResolveSelectList(select, resolver, analysis);
  std::vector<ColumnId> missing = resolver.missing();
  Grouping grouping;
  if (aggregate.group_by_all) {
    grouping = GroupByAll(items, relation.origin);
  } else {
    const bool has_positions = !aggregate.keys_prepended && analysis.Setting("spark.sql.groupByOrdinal");
    GroupingResolver keys(input, items, has_positions, analysis);
    const Sets sets = GroupingSetsOf(aggregate, relation.origin);
    // With grouping sets the order of the keys is that of the written list, which gives the bits of
    // grouping_id.
    if (aggregate.type != GroupType::kGroupBy) {
      for (const ExpressionPtr& group : aggregate.grouping) {
        for (const ExpressionPtr& key : GroupOf(group)) keys.Add(key);
      }
    } else if (sets.empty()) {
      for (const ExpressionPtr& key : aggregate.grouping) keys.Add(key);
    }
    for (const ExpressionList& set : sets) keys.AddSet(set);
    missing.insert(missing.end(), keys.missing().begin(), keys.missing().end());
    grouping = std::move(keys.grouping);
  }
  input.plan = ExtendPlan(input.plan, missing);
  return MakeAggregate(input, std::move(grouping), std::move(items), relation.origin, analysis);
}

}  // namespace hearth::spark
