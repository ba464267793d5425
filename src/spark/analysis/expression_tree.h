// Walking and rewriting typed expressions. Subquery plans are not entered; their outer references are visited
// through TypedSubquery::outer_references.
#pragma once

#include <functional>
#include <vector>

#include "spark/analysis/typed_expression.h"

namespace hearth::spark {

using ExpressionVisitor = std::function<void(const TypedExpressionPtr&)>;
void ForEachChild(const TypedExpression& expression, const ExpressionVisitor& visit);

using ExpressionPredicate = std::function<bool(const TypedExpression&)>;
// Whether the expression itself or one below satisfies `predicate`.
bool Contains(const TypedExpressionPtr& expression, const ExpressionPredicate& predicate);
bool ContainsAggregate(const TypedExpressionPtr& expression);  // outside of windows' own functions
bool ContainsWindow(const TypedExpressionPtr& expression);
bool ContainsSubquery(const TypedExpressionPtr& expression);

// Rewrites from the top: where `replace` gives something, that stands instead and is not entered.
using ExpressionReplacement = std::function<TypedExpressionPtr(const TypedExpressionPtr&)>;
TypedExpressionPtr Transform(const TypedExpressionPtr& expression, const ExpressionReplacement& replace);

// Spark's semanticEquals: the same value for every row, whatever the names. Operands of commutative operators
// may be swapped. Never true for what is not deterministic.
bool SameExpression(const TypedExpression& l, const TypedExpression& r);

// False for rand(), uuid() and the like, and for anything that holds one.
bool IsDeterministic(const TypedExpressionPtr& expression);

}  // namespace hearth::spark
