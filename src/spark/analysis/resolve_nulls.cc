// DataFrame.na: fill, drop, replace, by the expressions that Spark's DataFrameNaFunctions builds.
#include <algorithm>

#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/analysis/select_list.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

TypedExpressionPtr Function(std::string name, TypedExpressionList arguments, const Analysis& analysis) {
  FunctionRequest request;
  request.name = std::move(name);
  request.arguments = std::move(arguments);
  return ResolveFunction(request, analysis.environment);
}

bool IsFloating(const DataType& type) { return type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble); }

// Whether a fill value or a replacement of one type is for columns of another.
bool SameFamily(const DataType& column, const DataType& value) {
  if (value.IsNumeric()) return column.IsNumeric();
  return SameType(column, value);
}

std::vector<TypedExpressionPtr> ResolveConstants(const ExpressionList& expressions, Analysis& analysis) {
  const Resolved nothing = OneRowRelation(analysis);
  ExpressionResolver resolver(analysis, nothing);
  std::vector<TypedExpressionPtr> values;
  for (const ExpressionPtr& expression : expressions) values.push_back(resolver.Resolve(expression));
  return values;
}

// For each column of the input, the index in `names` that means it, or -1. Unknown names are errors.
std::vector<int> MatchColumns(const std::vector<std::string>& names, const Resolved& input,
                              const OriginPtr& origin) {
  std::vector<int> indices(input.scope->columns().size(), -1);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::vector<NameMatch> matches = input.scope->Find({names[i]});
    if (matches.empty()) throw UnresolvedColumn({names[i]}, input.scope.get(), origin);
    if (matches.size() > 1) throw AmbiguousReference({names[i]}, matches, origin);
    const auto& columns = input.scope->columns();
    for (size_t j = 0; j < columns.size(); ++j) {
      if (columns[j].column.id == matches[0].column->column.id) indices[j] = static_cast<int>(i);
    }
  }
  return indices;
}

// A replacement as Spark's DataFrameNaFunctions has it: every number is a double.
TypedExpressionPtr AsSparkKeeps(const TypedExpressionPtr& value, const Analysis& analysis) {
  if (!value->type.IsNumeric()) return value;
  return ExplicitCast(value, DataType::Double(), CastMode::kAnsi, nullptr, analysis.environment);
}

TypedExpressionPtr Filled(const ScopeColumn& column, const TypedExpressionPtr& value,
                          const Analysis& analysis) {
  TypedExpressionPtr kept = ReferenceTo(column);
  if (IsFloating(column.column.type)) {
    kept = Function("nanvl",
                    {kept, ImplicitCast(MakeTyped(Constant{}, DataType::Null(), true), column.column.type)},
                    analysis);
  }
  TypedExpressionPtr cast =
      ExplicitCast(value, column.column.type, CastMode::kAnsi, nullptr, analysis.environment);
  return Function("coalesce", {std::move(kept), std::move(cast)}, analysis);
}

TypedExpressionPtr IsPresent(const ScopeColumn& column, const Analysis& analysis) {
  TypedExpressionPtr present = Function("isnotnull", {ReferenceTo(column)}, analysis);
  if (!IsFloating(column.column.type)) return present;
  TypedExpressionPtr number = Function("not", {Function("isnan", {ReferenceTo(column)}, analysis)}, analysis);
  return Function("and", {std::move(present), std::move(number)}, analysis);
}

TypedExpressionPtr Number(int64_t value) {
  return MakeTyped(Constant{Value{value}}, DataType::Integer(), false);
}

}  // namespace

Resolved ResolveFillNa(const FillNa& fill, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(fill.input, analysis);
  const std::vector<TypedExpressionPtr> values = ResolveConstants(fill.values, analysis);
  if (values.empty()) throw Error::Decline("fillna without values", relation.origin);
  const std::vector<int> named = MatchColumns(fill.columns, input, relation.origin);
  std::vector<SelectItem> items;
  for (size_t i = 0; i < named.size(); ++i) {
    const ScopeColumn& column = input.scope->columns()[i];
    const bool is_named = fill.columns.empty() || named[i] >= 0;
    const size_t index = values.size() == 1 || named[i] < 0 ? 0 : static_cast<size_t>(named[i]);
    if (is_named && SameFamily(column.column.type, values[index]->type)) {
      items.push_back({Filled(column, values[index], analysis), column.column.name, "", false});
    } else {
      items.push_back({ReferenceTo(column), column.column.name, column.column.metadata, true});
    }
  }
  return MakeSelect(input, std::move(items), relation.origin, analysis);
}

Resolved ResolveDropNa(const DropNa& drop, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(drop.input, analysis);
  const std::vector<int> named = MatchColumns(drop.columns, input, relation.origin);
  TypedExpressionList present;
  for (size_t i = 0; i < named.size(); ++i) {
    if (drop.columns.empty() || named[i] >= 0)
      present.push_back(IsPresent(input.scope->columns()[i], analysis));
  }
  const auto needed = drop.min_non_nulls.value_or(static_cast<int32_t>(present.size()));
  if (present.empty() || needed <= 0) return input;
  TypedExpressionPtr condition;
  if (needed == static_cast<int32_t>(present.size())) {
    for (TypedExpressionPtr& p : present) {
      condition = condition == nullptr ? std::move(p)
                                       : Function("and", {std::move(condition), std::move(p)}, analysis);
    }
  } else {
    for (TypedExpressionPtr& p : present) {
      TypedExpressionPtr one = Function("when", {std::move(p), Number(1), Number(0)}, analysis);
      condition = condition == nullptr ? std::move(one)
                                       : Function("+", {std::move(condition), std::move(one)}, analysis);
    }
    condition = Function(">=", {std::move(condition), Number(needed)}, analysis);
  }
  std::vector<Column> output = input.plan->output;
  return WithPlan(input, MakePlan(TypedFilter{input.plan, std::move(condition)}, std::move(output)));
}

Resolved ResolveReplaceNa(const ReplaceNa& replace, const Relation& relation, Analysis& analysis) {
  const Resolved input = ResolveRelation(replace.input, analysis);
  if (replace.replacements.empty()) return input;
  ExpressionList from, to;
  for (const auto& [old_value, new_value] : replace.replacements) {
    from.push_back(old_value);
    to.push_back(new_value);
  }
  const std::vector<TypedExpressionPtr> old_values = ResolveConstants(from, analysis);
  const std::vector<TypedExpressionPtr> new_values = ResolveConstants(to, analysis);
  const std::vector<int> named = MatchColumns(replace.columns, input, relation.origin);
  std::vector<SelectItem> items;
  for (size_t i = 0; i < named.size(); ++i) {
    const ScopeColumn& column = input.scope->columns()[i];
    const DataType& type = column.column.type;
    const bool is_named = replace.columns.empty() || named[i] >= 0;
    if (!is_named || !SameFamily(type, old_values[0]->type)) {
      items.push_back({ReferenceTo(column), column.column.name, column.column.metadata, true});
      continue;
    }
    TypedExpressionList arguments;
    for (size_t j = 0; j < old_values.size(); ++j) {
      // What is looked for is compared as it is: 1.5 is in no column of integers.
      arguments.push_back(
          Function("==", {ReferenceTo(column), AsSparkKeeps(old_values[j], analysis)}, analysis));
      arguments.push_back(ExplicitCast(AsSparkKeeps(new_values[j], analysis), type, CastMode::kAnsi, nullptr,
                                       analysis.environment));
    }
    arguments.push_back(ReferenceTo(column));
    items.push_back({Function("when", std::move(arguments), analysis), column.column.name, "", false});
  }
  return MakeSelect(input, std::move(items), relation.origin, analysis);
}

}  // namespace hearth::spark
