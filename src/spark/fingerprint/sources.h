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
};

// Nothing unless every operator and function of the plan is known to depend on its input alone. The order of
// rows is not part of a result, as far as no function and no limit makes it one: first() and a limit without
// sort do, sums of doubles do too (in their last digits) and are let pass, as are ties under a sorted limit
// and window. So whoever joins two runs of a query compares rows.
//
// Pure and thread safe; walks plans of any depth without recursion. SQL text inside the plan is parsed with
// `options`. Never throws for a plan's content.
std::optional<Sources> SourcesOf(const RelationPtr& plan, const ParserOptions& options = {});

}  // namespace hearth::spark
