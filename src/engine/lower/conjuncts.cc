#include "engine/lower/conjuncts.h"

#include <algorithm>

#include "engine/lower/expression_printer.h"
#include "engine/lower/reference_count.h"
#include "engine/lower/select.h"
#include "spark/analysis/expression_tree.h"

namespace hearth::engine {
namespace {

using spark::TypedExpressionPtr;
using spark::TypedPlan;

// a AND (b AND c) as a, b, c.
std::vector<TypedExpressionPtr> Conjuncts(const TypedExpressionPtr& condition) {
  std::vector<TypedExpressionPtr> out;
  std::vector<TypedExpressionPtr> pending = {condition};
  while (!pending.empty()) {
    TypedExpressionPtr next = std::move(pending.back());
    pending.pop_back();
    const auto* call = next->As<spark::Call>();
    if (call != nullptr && call->function == "and") {
      pending.push_back(call->arguments[1]);
      pending.push_back(call->arguments[0]);
    } else {
      out.push_back(std::move(next));
    }
  }
  return out;
}

using References = std::map<spark::ColumnId, int>;

bool Gives(const TypedPlan& plan, const References& references) {
  return std::all_of(references.begin(), references.end(), [&](const auto& reference) {
    return std::any_of(plan.output.begin(), plan.output.end(),
                       [&](const spark::Column& column) { return column.id == reference.first; });
  });
}

// The side of joins to which Spark pushes a filter over these columns, as deep as joins go; null when there
// is none. An outer join keeps the filters over the side that it fills with NULL.
const TypedPlan* SideOf(const TypedPlan& plan, const References& references) {
  const TypedPlan* side = nullptr;
  const TypedPlan* next = &plan;
  while (const auto* join = next->As<spark::TypedJoin>()) {
    if (join->is_lateral) return side;
    const bool inner = join->type == spark::JoinType::kInner || join->type == spark::JoinType::kCross;
    const bool to_right = inner || join->type == spark::JoinType::kRightOuter;
    const bool to_left =
        join->type != spark::JoinType::kRightOuter && join->type != spark::JoinType::kFullOuter;
    if (to_left && Gives(*join->left, references)) {
      next = join->left.get();
    } else if (to_right && Gives(*join->right, references)) {
      next = join->right.get();
    } else {
      return nullptr;
    }
    side = next;
  }
  return side;
}

struct Conjunct {
  Fragment value;
  const TypedPlan* side = nullptr;
};

// The conjuncts over one side of the joins as one.
Fragment OfSide(const std::vector<Conjunct>& conjuncts, const TypedPlan* side) {
  std::vector<Fragment> values;
  Fragment out{"", DuckType(DuckType::Id::kBoolean)};
  for (const Conjunct& conjunct : conjuncts) {
    if (conjunct.side != side) continue;
    values.push_back(conjunct.value);
    Inherit(&out, conjunct.value);
  }
  out.sql = "(" + ConjunctionText(values) + ")";
  out.raises = false;
  return out;
}

// It asks whether something of one side is equal to something of the other.
bool IsKey(const TypedExpressionPtr& conjunct, const spark::TypedJoin& join) {
  const auto* call = conjunct->As<spark::Call>();
  if (call == nullptr || call->function != "==" || spark::ContainsSubquery(conjunct)) return false;
  const References one = CountReferences({call->arguments[0]});
  const References other = CountReferences({call->arguments[1]});
  if (one.empty() || other.empty()) return false;
  return (Gives(*join.left, one) && Gives(*join.right, other)) ||
         (Gives(*join.right, one) && Gives(*join.left, other));
}

}  // namespace

std::vector<Fragment> PrintJoinConjuncts(Lowering& lowering, const Columns& columns,
                                         const spark::TypedJoin& join) {
  ExpressionPrinter printer(lowering, columns);
  if (lowering.is_local) return {printer.PrintCondition(*join.condition)};
  // The rows of a semi join passed filters for NULL before.
  const bool ends_at_null = join.type == spark::JoinType::kLeftSemi;
  std::vector<Fragment> conjuncts;
  TypedExpressionPtr rest;
  for (const TypedExpressionPtr& expression : Conjuncts(join.condition)) {
    if (ends_at_null || IsKey(expression, join)) {
      Fragment conjunct = printer.PrintCondition(*expression);
      if (!conjunct.raises) {
        conjuncts.push_back(std::move(conjunct));
        continue;
      }
    }
    rest = rest == nullptr ? expression
                           : spark::MakeTyped(spark::Call{"and", {rest, expression}}, join.condition->type,
                                              /*nullable=*/true);
  }
  if (rest != nullptr) conjuncts.push_back(printer.PrintCondition(*rest));
  return conjuncts;
}

std::vector<Fragment> PrintConjuncts(Lowering& lowering, const Columns& columns,
                                     const TypedExpressionPtr& condition, const TypedPlan& joins) {
  ExpressionPrinter printer(lowering, columns);
  // Rows that came with the query are asked by Spark's optimizer, which takes the condition as a whole.
  if (lowering.is_local) return {printer.PrintCondition(*condition)};
  std::vector<Conjunct> conjuncts;
  std::vector<const TypedPlan*> raising_sides;
  for (const TypedExpressionPtr& expression : Conjuncts(condition)) {
    Conjunct conjunct{printer.PrintCondition(*expression)};
    const References references = CountReferences({expression});
    if (!references.empty() && !spark::ContainsSubquery(expression)) {
      conjunct.side = SideOf(joins, references);
    }
    const bool known =
        std::find(raising_sides.begin(), raising_sides.end(), conjunct.side) != raising_sides.end();
    if (conjunct.side != nullptr && conjunct.value.raises && !known) raising_sides.push_back(conjunct.side);
    conjuncts.push_back(std::move(conjunct));
  }
  std::vector<Fragment> out;
  for (const TypedPlan* side : raising_sides) out.push_back(OfSide(conjuncts, side));
  for (Conjunct& conjunct : conjuncts) {
    const bool is_out =
        std::find(raising_sides.begin(), raising_sides.end(), conjunct.side) != raising_sides.end();
    if (!is_out) out.push_back(std::move(conjunct.value));
  }
  return out;
}

}  // namespace hearth::engine
