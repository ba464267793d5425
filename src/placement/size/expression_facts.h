// What an expression names and does, whatever its depth.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "spark/plan/expression.h"
#include "spark/plan/relation.h"

namespace hearth::placement {

/// How many nodes of a plan may still be looked at, of all its parts together.
struct NodeBudget {
  size_t left;
  bool Take(size_t count = 1) {
    if (left < count) {
      left = 0;
      return false;
    }
    left -= count;
    return true;
  }
};

struct ExpressionFacts {
  std::vector<const spark::UnresolvedAttribute*> columns;
  std::vector<const spark::SubqueryExpression*> subqueries;  ///< outermost ones
  double calls = 0;
  double text_matches = 0;  ///< LIKE and the like
  double aggregates = 0;    ///< outside of windows
  double distinct_aggregates = 0;
  double windows = 0;
  bool has_star = false;  ///< of columns, not count(*)
  bool has_generator = false;
  bool is_cut = false;  ///< the budget ended first
  /// What text was parsed to; others point into it.
  spark::ExpressionList parsed;
};

/// Adds what is in the expression; text of expr() is parsed. Walks without recursion, subqueries left out.
void AddFacts(const spark::ExpressionPtr& expression, NodeBudget& budget, ExpressionFacts* facts);

/// The operands of a chain of one operator ("and", "or"), in any depth; `expression` itself if it is none.
spark::ExpressionList OperandsOf(const spark::ExpressionPtr& expression, std::string_view name,
                                 NodeBudget& budget);

/// The call's name in lower case; "" if it is no call, or one of a catalog's function.
std::string CallOf(const spark::Expression& expression);

std::string LowerCase(std::string_view text);

}  // namespace hearth::placement
