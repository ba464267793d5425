// Scalar subqueries, EXISTS and IN.
#pragma once

#include "spark/analysis/analysis.h"
#include "spark/plan/expression.h"

namespace hearth::spark {

// Resolves the subquery with the columns of `outer` (then of `fallback`, which may be null) as those of the
// query around it. `values` is the resolved left side of IN.
TypedExpressionPtr ResolveSubquery(const SubqueryExpression& subquery, TypedExpressionList values,
                                   const Resolved* outer, const Resolved* fallback, const OriginPtr& origin,
                                   Analysis& analysis);

// Spark lets only filters, projections and joins of a subquery use columns of the query around it. Throws
// UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE when one of these expressions does.
void RejectOuterReferences(const TypedExpressionList& expressions, const OriginPtr& origin,
                           const Analysis& analysis);

}  // namespace hearth::spark
