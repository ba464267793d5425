// Whether a query gives the same rows whenever it runs again, and what must have stayed as it was for that.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "spark/plan/relation.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

// What a query reads besides what stands in its plan.
struct Sources {
  // Files and folders, as the plan writes them.
  std::set<std::string> paths;
  // Temporary views or tables of one part, in lower case; whoever knows them looks at what they read.
  std::set<std::string> names;

  // How often it sorts all of its rows and how often it takes the first of them, and whether rows may differ
  // in which of those that tie they are about, or in the last digits of an aggregate.
  int sorts = 0;
  int cuts = 0;
  bool is_loose = false;
  // Where sorted rows may differ at all, a new one may belong before those that a client has had: the order
  // of a result is then no more certain than its rows.
  bool may_change_sorted_rows() const { return (sorts > 0 && is_loose) || (sorts > 1 && cuts > 0); }
};

// Nothing unless every operator and function of the plan is known to depend on its input alone. The order of
// rows is not part of a result, as far as no function and no limit makes it one: first() and a limit without
// sort do, sums of doubles do too (in their last digits) and are let pass, as are ties under a sorted limit
// and window (see is_loose). So whoever joins two runs of a query compares rows.
//
// Pure and thread safe; walks plans of any depth without recursion. SQL text inside the plan is parsed with
// `options`. Never throws for a plan's content.
std::optional<Sources> SourcesOf(const RelationPtr& plan, const ParserOptions& options = {});

}  // namespace hearth::spark
