#include "spark/analysis/expression_tree.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spark/nesting.h"

namespace hearth::spark {
namespace {

void VisitKeys(const std::vector<SortKey>& keys, const ExpressionVisitor& visit) {
  for (const SortKey& key : keys) visit(key.expression);
}

void VisitAll(const TypedExpressionList& list, const ExpressionVisitor& visit) {
  for (const TypedExpressionPtr& expression : list) visit(expression);
}

void VisitAggregate(const AggregateCall& call, const ExpressionVisitor& visit) {
  VisitAll(call.arguments, visit);
  if (call.filter != nullptr) visit(call.filter);
  VisitKeys(call.order_by, visit);
}

struct ChildVisitor {
  const ExpressionVisitor& visit;

  void operator()(const Constant&) const {}
  void operator()(const ColumnReference&) const {}
  void operator()(const Call& call) const { VisitAll(call.arguments, visit); }
  void operator()(const CastTo& cast) const { visit(cast.child); }
  void operator()(const CaseWhen& node) const {
    for (const auto& [when, then] : node.branches) {
      visit(when);
      visit(then);
    }
    if (node.otherwise != nullptr) visit(node.otherwise);
  }
  void operator()(const AggregateCall& call) const { VisitAggregate(call, visit); }
  void operator()(const WindowCall& call) const {
    VisitAggregate(call.function, visit);
    VisitAll(call.partition_by, visit);
    VisitKeys(call.order_by, visit);
  }
  void operator()(const TypedSubquery& subquery) const {
    VisitAll(subquery.values, visit);
    VisitAll(subquery.outer_references, visit);
  }
  void operator()(const TypedLambda& lambda) const { visit(lambda.body); }
  void operator()(const TypedAlias& alias) const { visit(alias.child); }
};

// Rebuilds a node's children in place; remembers whether anything changed.
struct ChildRewriter {
  const ExpressionReplacement& replace;
  bool changed = false;

  void One(TypedExpressionPtr& child) {
    if (child == nullptr) return;
    TypedExpressionPtr rewritten = Transform(child, replace);
    changed |= rewritten != child;
    child = std::move(rewritten);
  }
  void All(TypedExpressionList& list) {
    for (TypedExpressionPtr& child : list) One(child);
  }
  void Keys(std::vector<SortKey>& keys) {
    for (SortKey& key : keys) One(key.expression);
  }
  void operator()(Constant&) {}
  void operator()(ColumnReference&) {}
  void operator()(Call& call) { All(call.arguments); }
  void operator()(CastTo& cast) { One(cast.child); }
  void operator()(CaseWhen& node) {
    for (auto& [when, then] : node.branches) {
      One(when);
      One(then);
    }
    One(node.otherwise);
  }
  void operator()(AggregateCall& call) {
    All(call.arguments);
    One(call.filter);
    Keys(call.order_by);
  }
  void operator()(WindowCall& call) {
    (*this)(call.function);
    All(call.partition_by);
    Keys(call.order_by);
  }
  // Outer references name columns inside the subquery's plan, which is not rewritten: they stay.
  void operator()(TypedSubquery& subquery) { All(subquery.values); }
  void operator()(TypedLambda& lambda) { One(lambda.body); }
  void operator()(TypedAlias& alias) { One(alias.child); }
};

bool SameList(const TypedExpressionList& l, const TypedExpressionList& r) {
  return std::equal(l.begin(), l.end(), r.begin(), r.end(),
                    [](const auto& a, const auto& b) { return SameExpression(*a, *b); });
}

bool SameKeys(const std::vector<SortKey>& l, const std::vector<SortKey>& r) {
  return std::equal(l.begin(), l.end(), r.begin(), r.end(), [](const SortKey& a, const SortKey& b) {
    return a.ascending == b.ascending && a.nulls_first == b.nulls_first &&
           SameExpression(*a.expression, *b.expression);
  });
}

bool SameOptional(const TypedExpressionPtr& l, const TypedExpressionPtr& r) {
  return l == r || (l != nullptr && r != nullptr && SameExpression(*l, *r));
}

bool IsCommutative(std::string_view function) {
  static constexpr std::array<std::string_view, 9> kCommutative = {
      "+", "*", "and", "or", "==", "<=>", "&", "|", "^"};
  return std::find(kCommutative.begin(), kCommutative.end(), function) != kCommutative.end();
}

bool IsRandom(std::string_view function) {
  static constexpr std::array<std::string_view, 9> kRandom = {"rand",
                                                              "randn",
                                                              "random",
                                                              "uuid",
                                                              "shuffle",
                                                              "randstr",
                                                              "uniform",
                                                              "monotonically_increasing_id",
                                                              "spark_partition_id"};
  return std::find(kRandom.begin(), kRandom.end(), function) != kRandom.end();
}

bool SameCall(const Call& l, const Call& r) {
  if (l.function != r.function || l.arguments.size() != r.arguments.size() || IsRandom(l.function))
    return false;
  if (SameList(l.arguments, r.arguments)) return true;
  return l.arguments.size() == 2 && IsCommutative(l.function) &&
         SameExpression(*l.arguments[0], *r.arguments[1]) && SameExpression(*l.arguments[1], *r.arguments[0]);
}

bool SameCase(const CaseWhen& l, const CaseWhen& r) {
  return std::equal(l.branches.begin(), l.branches.end(), r.branches.begin(), r.branches.end(),
                    [](const auto& a, const auto& b) {
                      return SameExpression(*a.first, *b.first) && SameExpression(*a.second, *b.second);
                    }) &&
         SameOptional(l.otherwise, r.otherwise);
}

bool SameAggregate(const AggregateCall& l, const AggregateCall& r) {
  return l.function == r.function && l.is_distinct == r.is_distinct && l.ignore_nulls == r.ignore_nulls &&
         SameList(l.arguments, r.arguments) && SameOptional(l.filter, r.filter) &&
         SameKeys(l.order_by, r.order_by);
}

bool SameBound(const TypedFrameBound& l, const TypedFrameBound& r) {
  return l.kind == r.kind && l.preceding == r.preceding && SameOptional(l.offset, r.offset);
}

bool SameWindow(const WindowCall& l, const WindowCall& r) {
  return SameAggregate(l.function, r.function) && SameList(l.partition_by, r.partition_by) &&
         SameKeys(l.order_by, r.order_by) && l.rows == r.rows && SameBound(l.lower, r.lower) &&
         SameBound(l.upper, r.upper);
}

const TypedExpression& WithoutAlias(const TypedExpression& expression) {
  const auto* alias = expression.As<TypedAlias>();
  return alias == nullptr ? expression : WithoutAlias(*alias->child);
}

}  // namespace

void ForEachChild(const TypedExpression& expression, const ExpressionVisitor& visit) {
  CheckNesting();
  std::visit(ChildVisitor{visit}, expression.node);
}

bool Contains(const TypedExpressionPtr& expression, const ExpressionPredicate& predicate) {
  if (predicate(*expression)) return true;
  bool found = false;
  ForEachChild(*expression,
               [&](const TypedExpressionPtr& child) { found = found || Contains(child, predicate); });
  return found;
}

bool ContainsAggregate(const TypedExpressionPtr& expression) {
  return Contains(expression, [](const TypedExpression& e) { return e.As<AggregateCall>() != nullptr; });
}

bool ContainsWindow(const TypedExpressionPtr& expression) {
  return Contains(expression, [](const TypedExpression& e) { return e.As<WindowCall>() != nullptr; });
}

bool ContainsSubquery(const TypedExpressionPtr& expression) {
  return Contains(expression, [](const TypedExpression& e) { return e.As<TypedSubquery>() != nullptr; });
}

TypedExpressionPtr Transform(const TypedExpressionPtr& expression, const ExpressionReplacement& replace) {
  CheckNesting();
  if (TypedExpressionPtr replaced = replace(expression)) return replaced;
  TypedExpression::Node node = expression->node;
  ChildRewriter rewriter{replace};
  std::visit(rewriter, node);
  if (!rewriter.changed) return expression;
  return std::make_shared<const TypedExpression>(
      TypedExpression{std::move(node), expression->type, expression->nullable, expression->origin});
}

bool SameExpression(const TypedExpression& left, const TypedExpression& right) {
  CheckNesting();
  const TypedExpression& l = WithoutAlias(left);
  const TypedExpression& r = WithoutAlias(right);
  if (l.node.index() != r.node.index()) return false;
  if (const auto* column = l.As<ColumnReference>()) return column->id == r.As<ColumnReference>()->id;
  if (!SameType(l.type, r.type)) return false;
  if (const auto* constant = l.As<Constant>()) return constant->value == r.As<Constant>()->value;
  if (const auto* call = l.As<Call>()) return SameCall(*call, *r.As<Call>());
  if (const auto* cast = l.As<CastTo>()) {
    return cast->mode == r.As<CastTo>()->mode && SameExpression(*cast->child, *r.As<CastTo>()->child);
  }
  if (const auto* node = l.As<CaseWhen>()) return SameCase(*node, *r.As<CaseWhen>());
  if (const auto* call = l.As<AggregateCall>()) return SameAggregate(*call, *r.As<AggregateCall>());
  if (const auto* call = l.As<WindowCall>()) return SameWindow(*call, *r.As<WindowCall>());
  if (const auto* subquery = l.As<TypedSubquery>()) {
    const auto* other = r.As<TypedSubquery>();
    return subquery->plan == other->plan && subquery->kind == other->kind &&
           SameList(subquery->values, other->values);
  }
  return false;
}

bool IsDeterministic(const TypedExpressionPtr& expression) {
  return !Contains(expression, [](const TypedExpression& e) {
    const auto* call = e.As<Call>();
    return call != nullptr && IsRandom(call->function);
  });
}

}  // namespace hearth::spark
