// Expressions: names bound, functions chosen, subqueries resolved. One resolver serves the expressions of one
// clause (a select list, a condition, sort keys) over one input.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/analysis/analysis.h"
#include "spark/analysis/function_resolution.h"
#include "spark/plan/expression.h"

namespace hearth::spark {

// One column of a select list.
struct SelectItem {
  TypedExpressionPtr expression;  // no TypedAlias at its top
  std::string name;
  std::string metadata;
  bool keeps_id = false;  // a column as it is (not renamed): the output column is the same column
};

class ExpressionResolver {
 public:
  // `input` gives the columns and must outlive the resolver.
  ExpressionResolver(Analysis& analysis, const Resolved& input);

  // Where else names are looked up; gives null when it does not know the name. `in_aggregate`: inside the
  // arguments of an aggregate function.
  using Lookup =
      std::function<TypedExpressionPtr(const UnresolvedAttribute&, const OriginPtr&, bool in_aggregate)>;
  void LookBefore(Lookup lookup) { before_ = std::move(lookup); }  // wins over the input's columns
  void LookAfter(Lookup lookup) { after_ = std::move(lookup); }  // loses to columns, wins over outer queries
  // ORDER BY and WHERE may name columns that the select list below them dropped.
  void AllowMissing() { allow_missing_ = true; }
  // ORDER BY takes a name that means several columns as one that means none.
  void IgnoreAmbiguity() { ignore_ambiguity_ = true; }
  // Where an expression stands that has no other around it: the select that it is an item of.
  void SetOrigin(OriginPtr origin) { parent_origin_ = std::move(origin); }
  // What subqueries inside see as their outer query when it is not the input alone.
  void SetOuter(const Resolved* relation, const Resolved* fallback);

  TypedExpressionPtr Resolve(const ExpressionPtr& expression);
  // The items of a select list, stars expanded and columns named.
  std::vector<SelectItem> ResolveItems(const ExpressionPtr& expression);
  SortKey ResolveSortKey(const ExpressionPtr& expression);
  // Parses the text of DataFrame's expr(); gives other expressions as they are.
  ExpressionPtr Parse(const ExpressionPtr& expression) const;

  // Columns used that the input's plan does not give: see ExtendPlan.
  const std::vector<ColumnId>& missing() const { return missing_; }

  // The column that a name means in `relation`, with struct fields taken out of it; null when there is none.
  TypedExpressionPtr FindColumn(const std::vector<std::string>& parts, const Resolved& relation,
                                const OriginPtr& origin);
  // x.name, x[key]: a struct's field, an array's element, a map's value.
  // `base_origin`: where Spark points when the child has nothing of that name inside; at a.b, but not at
  // f(a).b.
  TypedExpressionPtr Extract(const TypedExpressionPtr& child, const TypedExpressionPtr& key,
                             const OriginPtr& origin, const OriginPtr& base_origin = nullptr);

 private:
  struct Visitor;

  TypedExpressionPtr ResolveAttribute(const UnresolvedAttribute& attribute, const OriginPtr& origin);
  TypedExpressionPtr ResolveByPlanId(const UnresolvedAttribute& attribute, const OriginPtr& origin);
  TypedExpressionPtr ResolveBelow(const UnresolvedAttribute& attribute, const OriginPtr& origin);
  TypedExpressionPtr ResolveOuter(const UnresolvedAttribute& attribute, const OriginPtr& origin);
  TypedExpressionPtr ResolveLiteralFunction(const UnresolvedAttribute& attribute, const OriginPtr& origin);
  TypedExpressionPtr ResolveField(TypedExpressionPtr column, const std::vector<std::string>& fields,
                                  const OriginPtr& origin);
  TypedExpressionPtr ResolveCall(const FunctionCall& call, const OriginPtr& origin);
  TypedExpressionPtr ResolveOperatorChain(const ExpressionPtr& expression);
  TypedExpressionPtr ResolveFunctionCall(const FunctionCall& call, TypedExpressionPtr first,
                                         const OriginPtr& origin);
  TypedExpressionPtr ResolveWindow(const WindowExpression& window, const OriginPtr& origin);
  TypedExpressionPtr CastByName(const TypedExpressionPtr& value, const DataType& type,
                                const OriginPtr& origin);
  TypedExpressionPtr ResolveParameter(const Parameter& parameter, const OriginPtr& origin);
  TypedExpressionList ResolveArguments(const FunctionCall& call, TypedExpressionPtr first,
                                       const OriginPtr& origin);
  std::vector<SelectItem> ExpandStar(const UnresolvedStar& star, const OriginPtr& origin);
  std::vector<SelectItem> StarColumns(const UnresolvedStar& star, const OriginPtr& origin);
  void RemoveExcepted(const UnresolvedStar& star, std::vector<SelectItem>* items);
  SelectItem NameItem(TypedExpressionPtr expression);
  void NoteMissing(ColumnId id);

  Analysis& analysis_;
  const Resolved& input_;
  Lookup before_;
  Lookup after_;
  bool allow_missing_ = false;
  bool ignore_ambiguity_ = false;
  const Resolved* outer_relation_;
  const Resolved* outer_fallback_ = nullptr;
  int aggregate_depth_ = 0;
  // Operators of the chains around what is being resolved. They take no stack here, but the tree that they
  // become takes some of whoever destroys it. Spark's own stack ends far earlier.
  static constexpr size_t kMostChained = 10'000;
  size_t chained_ = 0;
  bool in_window_function_ = false;
  OriginPtr parent_origin_;  // of the expression around the one being resolved
  std::vector<ColumnId> missing_;
};

// Throws the error of a star in a place that takes none.
[[noreturn]] void RejectStar(const OriginPtr& origin, const std::string& place);

}  // namespace hearth::spark
