#include "spark/analysis/resolve_subquery.h"

#include <algorithm>

#include "spark/analysis/analyzer.h"
#include "spark/analysis/expression_tree.h"
#include "spark/analysis/function_resolution.h"
#include "spark/analysis/name_errors.h"
#include "spark/analysis/resolve_relation.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

using Kind = SubqueryExpression::Kind;

std::string NamesOf(const TypedExpressionList& values, const Analysis& analysis) {
  std::string out;
  for (const TypedExpressionPtr& value : values) {
    out += (out.empty() ? "" : ", ") + QuoteDouble(PrettyName(*value, analysis.environment));
  }
  return out;
}

TypedExpressionList ReferencesTo(const std::vector<Column>& columns) {
  TypedExpressionList references;
  for (const Column& column : columns) references.push_back(ReferenceTo(column));
  return references;
}

std::string InName(const TypedExpressionList& values, const Analysis& analysis) {
  return PrettyName(*MakeTyped(TypedSubquery{Kind::kIn, nullptr, values, {}}, DataType::Boolean(), true),
                    analysis.environment);
}

void CheckLength(const TypedExpressionList& values, const TypedPlan& plan, const OriginPtr& origin,
                 const Analysis& analysis) {
  if (values.size() == plan.output.size()) return;
  throw CheckFailure("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                     {{"sqlExpr", QuoteDouble(InName(values, analysis))},
                      {"leftLength", std::to_string(values.size())},
                      {"rightLength", std::to_string(plan.output.size())},
                      {"leftColumns", NamesOf(values, analysis)},
                      {"rightColumns", NamesOf(ReferencesTo(plan.output), analysis)}},
                     origin);
}

std::string TypesOf(const TypedExpressionList& values) {
  std::string out;
  for (const TypedExpressionPtr& value : values)
    out += (out.empty() ? "" : ", ") + QuoteDouble(value->type.sql());
  return out;
}

// Both sides of IN brought to common types, column by column.
void CoerceIn(TypedExpressionList* values, TypedPlanPtr* plan, const OriginPtr& origin, Analysis& analysis) {
  CheckLength(*values, **plan, origin, analysis);
  TypedProject project{*plan, ReferencesTo((*plan)->output)};
  std::string mismatched;
  bool changed = false;
  for (size_t i = 0; i < values->size(); ++i) {
    const DataType& left = (*values)[i]->type;
    const DataType& right = project.expressions[i]->type;
    if (SameType(left, right)) continue;
    const std::optional<DataType> wider = WiderType(left, right);
    if (!wider.has_value()) {
      mismatched += (mismatched.empty() ? "" : ", ") + std::string("(") +
                    ExpressionSql(*(*values)[i], analysis.environment) + ":" + left.simple_string() + ", " +
                    ExpressionSql(*project.expressions[i], analysis.environment) + ":" +
                    right.simple_string() + ")";
      continue;
    }
    (*values)[i] = ImplicitCast((*values)[i], *wider);
    project.expressions[i] = ImplicitCast(project.expressions[i], *wider);
    changed = true;
  }
  if (!mismatched.empty()) {
    throw CheckFailure("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                       {{"sqlExpr", QuoteDouble(InName(*values, analysis))},
                        {"mismatchedColumns", mismatched},
                        {"leftType", TypesOf(*values)},
                        {"rightType", TypesOf(project.expressions)}},
                       origin);
  }
  if (!changed) return;
  std::vector<Column> output = (*plan)->output;
  for (size_t i = 0; i < output.size(); ++i) {
    if (project.expressions[i]->As<ColumnReference>() != nullptr) continue;
    output[i].id = analysis.NewColumnId();
    output[i].type = project.expressions[i]->type;
    output[i].nullable = project.expressions[i]->nullable;
  }
  *plan = MakePlan(std::move(project), std::move(output));
}

bool IsOuter(const TypedExpression& expression) {
  const auto* column = expression.As<ColumnReference>();
  return column != nullptr && column->is_outer;
}

}  // namespace

TypedExpressionPtr ResolveSubquery(const SubqueryExpression& subquery, TypedExpressionList values,
                                   const Resolved* outer, const Resolved* fallback, const OriginPtr& origin,
                                   Analysis& analysis) {
  OuterQuery around{outer, fallback, {}};
  TypedPlanPtr plan;
  {
    const Restore<OuterQuery*> restore_outer(analysis.outer, &around);
    const Restore restore_windows(analysis.named_windows, {});
    plan = VisiblePlan(ResolveRelation(subquery.plan, analysis));
  }
  TypedSubquery node{subquery.kind, plan, std::move(values), std::move(around.references)};
  switch (subquery.kind) {
    case Kind::kScalar: {
      if (plan->output.size() != 1) {
        throw CheckFailure("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
                           {{"number", std::to_string(plan->output.size())}}, origin);
      }
      const DataType type = plan->output[0].type;
      return MakeTyped(std::move(node), type, /*nullable=*/true, origin);
    }
    case Kind::kExists: return MakeTyped(std::move(node), DataType::Boolean(), /*nullable=*/false, origin);
    case Kind::kIn: break;
  }
  CoerceIn(&node.values, &node.plan, origin, analysis);
  const bool nullable = std::any_of(node.values.begin(), node.values.end(),
                                    [](const auto& value) { return value->nullable; }) ||
                        std::any_of(node.plan->output.begin(), node.plan->output.end(),
                                    [](const Column& c) { return c.nullable; });
  return MakeTyped(std::move(node), DataType::Boolean(), nullable, origin);
}

void RejectOuterReferences(const TypedExpressionList& expressions, const OriginPtr& origin,
                           const Analysis& analysis) {
  if (analysis.outer == nullptr) return;
  std::string names;
  for (const TypedExpressionPtr& expression : expressions) {
    if (!Contains(expression, IsOuter)) continue;
    // Spark shows these expressions as if their outer columns were its own.
    const TypedExpressionPtr shown =
        Transform(expression, [](const TypedExpressionPtr& e) -> TypedExpressionPtr {
          if (!IsOuter(*e)) return nullptr;
          ColumnReference column = *e->As<ColumnReference>();
          column.is_outer = false;
          return MakeTyped(std::move(column), e->type, e->nullable, e->origin);
        });
    names += (names.empty() ? "" : ",") + QuoteDouble(PrettyName(*shown, analysis.environment));
  }
  if (names.empty()) return;
  throw CheckFailure("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE", {{"sqlExprs", names}},
                     origin);
}

}  // namespace hearth::spark
