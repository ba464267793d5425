// The table of functions: for each canonical name its aliases, class, arity, and the rule that coerces
// arguments and gives type and nullability. engine/lower maps the same names to DuckDB; a test compares the
// two.
//
// Operators stand under the names of plan/expression.h ("+", "==", "and", "isnull", "when", ...). Some names
// are made by the rules only, for Spark's own rewriting of arithmetic with dates (`is_internal`):
//   dateaddyminterval(d, ym), timestampaddyminterval(t, ym), timestampaddinterval(t, dt)   shown as  l + r
//   datetimesub(l, r)                                                                      shown as  l - r
//   subtractdates(l, r), subtracttimestamps(l, r)                                          shown as (l - r)
//   extractansiintervaldays(dt)
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/analysis/function_resolution.h"

namespace hearth::spark {

class Resolution;  // one call being resolved, see function_table_rules.h

// Coerces the call's arguments and gives the typed expression, or throws.
using FunctionRule = std::function<TypedExpressionPtr(Resolution&)>;

struct FunctionAlias {
  std::string_view name;
  bool keeps_name = true;  // Spark's generated column name shows the alias
};

struct FunctionEntry {
  static constexpr int kUnlimited = -1;

  std::string_view name;
  std::vector<FunctionAlias> aliases;
  FunctionClass function_class = FunctionClass::kScalar;
  int least_arguments = 0;
  int most_arguments = 0;  // kUnlimited: any number
  FunctionRule rule;
  // What Spark's generated column name shows, when it is not the canonical name ("SQRT").
  std::string_view shown_as = {};
  // Spark runs another expression in place of this one (RuntimeReplaceable): the call keeps its arguments as
  // written and `rule` gives the other expression. See ExpandCall.
  bool is_replaced = false;
  // An operator too: generated names show a function only where one was written, negative(a) beside (- a).
  bool has_symbol = false;
  // Made by rules, not callable by name.
  bool is_internal = false;
};

const std::vector<FunctionEntry>& FunctionTable();

// By canonical name or alias, any case. Null if there is none.
const FunctionEntry* FindFunction(std::string_view name);

// Whether Spark 4.2.1 has a built-in function of this name (any case), known to the table or not.
bool IsSparkFunction(std::string_view name);

// The expression that stands for a call of a replaced function (between, nvl, nullif, ...), built from the
// call's arguments. REQUIRES: `call` is a Call whose entry is_replaced.
TypedExpressionPtr ExpandCall(const TypedExpression& call);

}  // namespace hearth::spark
