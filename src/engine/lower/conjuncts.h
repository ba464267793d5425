// The condition of a filter or a join as conjuncts that DuckDB may see one by one.
#pragma once

#include <vector>

#include "engine/lower/fragment.h"
#include "engine/lower/lowering.h"

namespace hearth::engine {

// `joins`: the inner join that gives the condition's rows, or what lies below the filter. Spark's optimizer
// pushes a conjunct over one side of joins down to that side, where it may fail for rows without a partner:
// such conjuncts are guarded by those of their side alone, and `raises` is then unset. The others are to be
// put together by ConjunctionText.
std::vector<Fragment> PrintConjuncts(Lowering& lowering, const Columns& columns,
                                     const spark::TypedExpressionPtr& condition,
                                     const spark::TypedPlan& joins);

// Of the condition of any other join, which asks of pairs with equal keys. But for a semi join it goes on for
// NULL, so that only equalities of one side with the other stand alone.
std::vector<Fragment> PrintJoinConjuncts(Lowering& lowering, const Columns& columns,
                                         const spark::TypedJoin& join);

}  // namespace hearth::engine
