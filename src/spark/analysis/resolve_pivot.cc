// groupBy().pivot(): an aggregation by the keys and the pivot column, and one above that spreads its rows
// over columns, as Spark does it: where there is no row, there is no value either, not even of count.
#include <set>
#include <utility>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/resolve_aggregate.h"
#include "spark/analysis/resolve_expression.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

// The column's name for a value, as Spark casts it to text.
std::string NameOf(const Literal& value, const OriginPtr& origin) {
  if (value.value.IsNull()) return "null";
  if (value.type.Is(TypeId::kString)) return value.value.As<std::string>();
  if (value.type.IsIntegral()) return std::to_string(value.value.As<int64_t>());
  if (value.type.Is(TypeId::kBoolean)) return value.value.As<bool>() ? "true" : "false";
  throw Error::Decline("a pivot by values of type " + value.type.sql(), origin);
}

// Spark spreads only these; of other types it makes aggregates of conditions, which count otherwise.
bool CanBeSpread(const DataType& type) { return type.IsNumeric() || type.Is(TypeId::kBoolean); }

Resolved ResolveGroups(const Aggregate& aggregate, const Relation& relation, Analysis& analysis) {
  Aggregate groups;
  groups.input = aggregate.input;
  groups.grouping = aggregate.grouping;
  groups.grouping.push_back(aggregate.pivot_column);
  groups.aggregates = aggregate.aggregates;
  groups.keys_prepended = true;
  try {
    return ResolveAggregate(groups, relation, analysis);
  } catch (const Error& error) {
    // Spark has another error for it here.
    if (error.condition() == "MISSING_AGGREGATION") {
      throw Error::Decline("a pivot of what is no aggregate", relation.origin);
    }
    throw;
  }
}

class Spread {
 public:
  Spread(const Aggregate& aggregate, Resolved groups, const OriginPtr& origin, Analysis& analysis)
      : aggregate_(aggregate),
        groups_(std::move(groups)),
        columns_(groups_.scope->columns()),
        key_count_(aggregate.grouping.size()),
        origin_(origin),
        analysis_(analysis) {}

  Resolved Run() {
    Grouping grouping;
    std::vector<SelectItem> items;
    for (size_t i = 0; i < key_count_; ++i) {
      grouping.keys.push_back(ReferenceTo(columns_[i]));
      items.push_back({ReferenceTo(columns_[i]), columns_[i].column.name, columns_[i].column.metadata, true});
    }
    std::set<std::string> names;
    for (const ExpressionPtr& expression : aggregate_.pivot_values) {
      const auto* value = expression->As<Literal>();
      if (value == nullptr) throw Error::Decline("a pivot by something that is no literal", origin_);
      const std::string name = NameOf(*value, origin_);
      if (!names.insert(name).second) throw Error::Decline("a pivot by equal values", origin_);
      AddColumns(*value, name, &items);
    }
    return MakeAggregate(groups_, std::move(grouping), std::move(items), origin_, analysis_);
  }

 private:
  void AddColumns(const Literal& value, const std::string& name, std::vector<SelectItem>* items) {
    const TypedExpressionPtr matches = Matches(value);
    const bool is_alone = columns_.size() == key_count_ + 2;
    for (size_t i = key_count_ + 1; i < columns_.size(); ++i) {
      const Column& column = columns_[i].column;
      if (!CanBeSpread(column.type))
        throw Error::Decline("a pivot of values of type " + column.type.sql(), origin_);
      items->push_back(
          {ValueWhere(matches, columns_[i]), is_alone ? name : name + "_" + column.name, "", false});
    }
  }

  TypedExpressionPtr Matches(const Literal& value) {
    const ScopeColumn& pivot = columns_[key_count_];
    TypedExpressionPtr constant = MakeTyped(Constant{value.value}, value.type, value.value.IsNull());
    if (!SameType(value.type, pivot.column.type)) {
      constant = ExplicitCast(constant, pivot.column.type, CastMode::kAnsi, origin_, analysis_.environment);
    }
    FunctionRequest equal;
    equal.name = "<=>";
    equal.arguments = {ReferenceTo(pivot), std::move(constant)};
    return ResolveFunction(equal, analysis_.environment);
  }

  // Of the one row of a group that has the value.
  TypedExpressionPtr ValueWhere(const TypedExpressionPtr& matches, const ScopeColumn& column) {
    const TypedExpressionPtr value =
        MakeTyped(CaseWhen{{{matches, ReferenceTo(column)}}, nullptr}, column.column.type, true);
    FunctionRequest only;
    only.name = "max";
    only.arguments = {value};
    return ResolveFunction(only, analysis_.environment);
  }

  const Aggregate& aggregate_;
  const Resolved groups_;
  const std::vector<ScopeColumn> columns_;  // keys, the pivot column, aggregates
  const size_t key_count_;
  const OriginPtr& origin_;
  Analysis& analysis_;
};

}  // namespace

Resolved ResolvePivot(const Aggregate& aggregate, const Relation& relation, Analysis& analysis) {
  if (aggregate.pivot_values.empty())
    throw Error::Decline("a pivot by all values of a column", relation.origin);
  Resolved groups = ResolveGroups(aggregate, relation, analysis);
  return Spread(aggregate, std::move(groups), relation.origin, analysis).Run();
}

}  // namespace hearth::spark
