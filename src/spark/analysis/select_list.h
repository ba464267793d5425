// Select lists: lateral aliases, windows, and the projection that gives the columns.
#pragma once

#include <vector>

#include "spark/analysis/analysis.h"
#include "spark/analysis/resolve_expression.h"

namespace hearth::spark {

// Resolves a select list. An alias may be used by the items behind it (lateral column alias); such uses are
// replaced by what the alias stands for, after the columns are named.
std::vector<SelectItem> ResolveSelectList(const ExpressionList& expressions, ExpressionResolver& resolver,
                                          Analysis& analysis);

// SELECT items FROM input: a projection with the windows below it, or a global aggregation when an item holds
// an aggregate function.
Resolved MakeSelect(const Resolved& input, std::vector<SelectItem> items, const OriginPtr& origin,
                    Analysis& analysis);

// Takes the windows out of `expressions` into a window node on `input`; the windows' places hold references.
TypedPlanPtr AddWindows(TypedPlanPtr input, TypedExpressionList* expressions, const OriginPtr& origin,
                        Analysis& analysis);

// The scope columns that the items make: fresh ids but for columns passed on as they are.
std::vector<ScopeColumn> OutputOf(const std::vector<SelectItem>& items, const Scope& input,
                                  Analysis& analysis);

// Takes away what USING hides and sorts left behind: a projection of `input` to exactly `columns`.
Resolved ProjectColumns(const Resolved& input, const std::vector<const ScopeColumn*>& columns);

}  // namespace hearth::spark
