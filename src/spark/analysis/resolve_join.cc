// Joins: conditions, USING, NATURAL, LATERAL, and the nullability of outer joins.
#include <algorithm>
#include <unordered_map>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

bool IsSemi(JoinType type) { return type == JoinType::kLeftSemi || type == JoinType::kLeftAnti; }

std::vector<ScopeColumn> Nullable(std::vector<ScopeColumn> columns, bool nullable) {
  if (nullable) {
    for (ScopeColumn& column : columns) column.column.nullable = true;
  }
  return columns;
}

void MarkNullable(std::vector<Column>* columns, bool nullable) {
  if (nullable) {
    for (Column& column : *columns) column.nullable = true;
  }
}

struct Sides {
  Resolved left;
  Resolved right;
  bool left_nullable = false;
  bool right_nullable = false;
};

// The names of both sides as the condition sees them: before the join makes any column nullable.
Resolved BothSides(const Sides& sides) {
  Resolved both;
  std::vector<ScopeColumn> columns = sides.left.scope->columns();
  columns.insert(columns.end(), sides.right.scope->columns().begin(), sides.right.scope->columns().end());
  std::vector<ScopeColumn> hidden = sides.left.scope->hidden();
  hidden.insert(hidden.end(), sides.right.scope->hidden().begin(), sides.right.scope->hidden().end());
  both.scope = std::make_shared<const Scope>(std::move(columns), std::move(hidden));
  std::vector<Column> output = sides.left.plan->output;
  output.insert(output.end(), sides.right.plan->output.begin(), sides.right.plan->output.end());
  both.plan = MakePlan(OneRow{}, std::move(output));  // only its columns are looked at
  both.trees = sides.left.trees;
  both.trees.insert(both.trees.end(), sides.right.trees.begin(), sides.right.trees.end());
  return both;
}

TypedPlanPtr MakeJoinPlan(const Sides& sides, const Join& join, TypedExpressionPtr condition) {
  std::vector<Column> output = sides.left.plan->output;
  MarkNullable(&output, sides.left_nullable);
  if (!IsSemi(join.type)) {
    std::vector<Column> right = sides.right.plan->output;
    MarkNullable(&right, sides.right_nullable);
    output.insert(output.end(), right.begin(), right.end());
  }
  return MakePlan(
      TypedJoin{sides.left.plan, sides.right.plan, join.type, std::move(condition), join.is_lateral},
      std::move(output));
}

TypedExpressionPtr Function(std::string name, TypedExpressionPtr l, TypedExpressionPtr r,
                            const Analysis& analysis) {
  FunctionRequest request;
  request.name = std::move(name);
  request.arguments = {std::move(l), std::move(r)};
  return ResolveFunction(request, analysis.environment);
}

// ---- USING and NATURAL ----

struct KeyPair {
  ScopeColumn left;
  ScopeColumn right;
};

ScopeColumn FindKey(const std::string& name, const Scope& scope, const char* side) {
  for (const ScopeColumn& column : scope.columns()) {
    if (SameName(column.column.name, name)) return column;
  }
  std::vector<std::string> names;
  for (const ScopeColumn& column : scope.columns()) names.push_back(column.column.name);
  std::sort(names.begin(), names.end());
  std::string suggestion;
  for (const std::string& known : names)
    suggestion += (suggestion.empty() ? "" : ", ") + QuoteIdentifier(known);
  throw Error(ExceptionKind::kAnalysis, "UNRESOLVED_USING_COLUMN_FOR_JOIN",
              {{"colName", QuoteIdentifier(name)}, {"side", side}, {"suggestion", suggestion}});
}

// The left side's names that the right side has too; each of the right's columns serves once.
std::vector<std::string> CommonNames(const Sides& sides) {
  std::unordered_map<std::string, int> counts;
  for (const ScopeColumn& column : sides.right.scope->columns()) ++counts[LowerCase(column.column.name)];
  std::vector<std::string> names;
  for (const ScopeColumn& column : sides.left.scope->columns()) {
    if (counts[LowerCase(column.column.name)]-- > 0) names.push_back(column.column.name);
  }
  return names;
}

// The columns of a side that are no keys.
std::vector<ScopeColumn> Unique(const Scope& scope, const std::vector<ColumnId>& keys) {
  std::vector<ScopeColumn> unique;
  for (const ScopeColumn& column : scope.columns()) {
    if (std::find(keys.begin(), keys.end(), column.column.id) == keys.end()) unique.push_back(column);
  }
  return unique;
}

// What a USING join shows and hides, by Spark's computeOutputAndHiddenOutput.
struct UsingOutput {
  std::vector<ScopeColumn> columns;
  std::vector<ScopeColumn> hidden;
  TypedExpressionList keys;  // the values of the first columns; the rest are columns as they are
};

UsingOutput OutputOfUsing(const std::vector<KeyPair>& pairs, const Sides& sides, JoinType type,
                          Analysis& analysis) {
  UsingOutput out;
  std::vector<ScopeColumn> left_keys, right_keys;
  std::vector<ColumnId> left_ids, right_ids;
  for (const KeyPair& pair : pairs) {
    left_keys.push_back(pair.left);
    right_keys.push_back(pair.right);
    left_ids.push_back(pair.left.column.id);
    right_ids.push_back(pair.right.column.id);
  }
  left_keys = Nullable(std::move(left_keys), sides.left_nullable);
  right_keys = Nullable(std::move(right_keys), sides.right_nullable);
  if (type == JoinType::kFullOuter) {
    for (size_t i = 0; i < pairs.size(); ++i) {
      out.keys.push_back(
          Function("coalesce", ReferenceTo(left_keys[i]), ReferenceTo(right_keys[i]), analysis));
      const ColumnId id = analysis.NewColumnId();
      out.columns.push_back(
          {{id, pairs[i].left.column.name, out.keys.back()->type, out.keys.back()->nullable, ""},
           nullptr,
           id});
    }
    out.hidden = left_keys;
    out.hidden.insert(out.hidden.end(), right_keys.begin(), right_keys.end());
  } else {
    const bool from_right = type == JoinType::kRightOuter;
    out.columns = from_right ? right_keys : left_keys;
    if (!IsSemi(type)) out.hidden = from_right ? left_keys : right_keys;
    for (const ScopeColumn& column : out.columns) out.keys.push_back(ReferenceTo(column));
  }
  for (ScopeColumn& column : out.hidden) {
    // How Spark marks what only a qualified name reaches.
    if (column.column.metadata.empty())
      column.column.metadata = R"({"__metadata_col":")" + column.column.name + R"("})";
  }
  const auto append = [&](std::vector<ScopeColumn> columns) {
    out.columns.insert(out.columns.end(), columns.begin(), columns.end());
  };
  append(Nullable(Unique(*sides.left.scope, left_ids), sides.left_nullable));
  if (!IsSemi(type)) append(Nullable(Unique(*sides.right.scope, right_ids), sides.right_nullable));
  return out;
}

Resolved ResolveUsing(const Join& join, const Sides& sides, const std::vector<std::string>& names,
                      Analysis& analysis) {
  std::vector<KeyPair> pairs;
  TypedExpressionPtr condition;
  for (const std::string& name : names) {
    pairs.push_back({FindKey(name, *sides.left.scope, "left"), {}});
  }
  for (size_t i = 0; i < names.size(); ++i) {
    pairs[i].right = FindKey(names[i], *sides.right.scope, "right");
    TypedExpressionPtr equal =
        Function("==", ReferenceTo(pairs[i].left), ReferenceTo(pairs[i].right), analysis);
    condition = condition == nullptr ? std::move(equal)
                                     : Function("and", std::move(condition), std::move(equal), analysis);
  }
  UsingOutput output = OutputOfUsing(pairs, sides, join.type, analysis);
  TypedProject project{MakeJoinPlan(sides, join, std::move(condition)), std::move(output.keys)};
  for (size_t i = project.expressions.size(); i < output.columns.size(); ++i) {
    project.expressions.push_back(ReferenceTo(output.columns[i]));
  }
  Resolved out;
  out.scope = std::make_shared<const Scope>(std::move(output.columns), std::move(output.hidden));
  out.plan = MakePlan(std::move(project), ColumnsOf(*out.scope));
  out.trees = BothSides(sides).trees;
  return out;
}

// ---- ON ----

void CheckCondition(const TypedExpressionPtr& condition, const OriginPtr& origin, const Analysis& analysis) {
  if (!condition->type.Is(TypeId::kBoolean)) {
    throw CheckFailure("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
                       {{"joinCondition", QuoteDouble(PrettyName(*condition, analysis.environment))},
                        {"conditionType", QuoteDouble(condition->type.sql())}},
                       origin);
  }
  if (ContainsWindow(condition) || ContainsAggregate(condition)) {
    throw Error::Decline("aggregate and window functions in a join condition", origin);
  }
}

Resolved ResolveOn(const Join& join, Sides sides, const OriginPtr& origin, Analysis& analysis) {
  const Resolved both = BothSides(sides);
  TypedExpressionPtr condition;
  if (join.condition != nullptr) {
    ExpressionResolver resolver(analysis, both);
    condition = resolver.Resolve(join.condition);
    CheckCondition(condition, origin, analysis);
    sides.left.plan = ExtendPlan(sides.left.plan, resolver.missing());
    sides.right.plan = ExtendPlan(sides.right.plan, resolver.missing());
  }
  // Additional columns of the left side would stand between the names of both sides.
  sides.left.plan = condition == nullptr ? VisiblePlan(sides.left) : sides.left.plan.Get();
  Resolved out;
  std::vector<ScopeColumn> columns = Nullable(sides.left.scope->columns(), sides.left_nullable);
  std::vector<ScopeColumn> hidden = Nullable(sides.left.scope->hidden(), sides.left_nullable);
  if (!IsSemi(join.type)) {
    for (ScopeColumn& c : Nullable(sides.right.scope->columns(), sides.right_nullable))
      columns.push_back(std::move(c));
    for (ScopeColumn& c : Nullable(sides.right.scope->hidden(), sides.right_nullable))
      hidden.push_back(std::move(c));
  }
  out.scope = std::make_shared<const Scope>(std::move(columns), std::move(hidden));
  out.plan = MakeJoinPlan(sides, join, std::move(condition));
  if (out.plan->output.size() != out.scope->columns().size()) {
    TypedProject project{out.plan, {}};
    std::vector<Column> output = ColumnsOf(*out.scope);
    for (const Column& column : output) project.expressions.push_back(ReferenceTo(column));
    out.plan = MakePlan(std::move(project), std::move(output));
  }
  out.trees = both.trees;
  return out;
}

Resolved ResolveLateralSide(const Join& join, const Resolved& left, Analysis& analysis) {
  OuterQuery around{&left, nullptr, {}};
  const Restore<OuterQuery*> restore(analysis.outer, &around);
  return ResolveRelation(join.right, analysis);
}

}  // namespace

Resolved ResolveJoin(const Join& join, const Relation& relation, Analysis& analysis) {
  Sides sides;
  sides.left = ResolveRelation(join.left, analysis);
  sides.right = join.is_lateral ? ResolveLateralSide(join, sides.left, analysis)
                                : ResolveRelation(join.right, analysis);
  sides.left_nullable = join.type == JoinType::kRightOuter || join.type == JoinType::kFullOuter;
  sides.right_nullable = join.type == JoinType::kLeftOuter || join.type == JoinType::kFullOuter;
  const bool is_using = join.is_natural || !join.using_columns.empty();
  if (!is_using) return ResolveOn(join, std::move(sides), relation.origin, analysis);
  if (join.is_lateral) throw Error::Decline("a lateral join with USING", relation.origin);
  const std::vector<std::string> names = join.is_natural ? CommonNames(sides) : join.using_columns;
  return ResolveUsing(join, sides, names, analysis);
}

}  // namespace hearth::spark
