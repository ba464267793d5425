// A SELECT under construction: what may still be added to it without changing its meaning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lower/fragment.h"

namespace hearth::engine {

struct Select {
  std::vector<std::string> with;  // "name AS (...)"
  std::string from;               // empty: one row without columns
  bool from_is_join = false;      // needs parentheses on the right side of another join
  std::vector<Fragment> where;    // conjuncts
  bool is_aggregate = false;
  std::string group_by;  // the clause's text, may be empty for an aggregate over all rows
  std::vector<Fragment> having;
  bool has_window = false;
  bool is_distinct = false;
  std::vector<std::string> order_by;
  std::optional<int64_t> limit;
  int64_t offset = 0;
  Columns columns;  // how the columns are printed in this SELECT

  bool HasLimit() const { return limit.has_value() || offset != 0; }
  // Only FROM and WHERE so far.
  bool IsPlain() const {
    return with.empty() && !is_aggregate && !has_window && !is_distinct && order_by.empty() && !HasLimit();
  }
};

// FROM ... LIMIT ..., with the leading space.
std::string ClausesText(const Select& select);

// The conjuncts as one condition: those that may raise are guarded by all others and by those of their kind
// before them. REQUIRES: not empty.
std::string ConjunctionText(const std::vector<Fragment>& conjuncts);

}  // namespace hearth::engine
