// What EXPLAIN and DataFrame.explain print.
#pragma once

#include <string>
#include <string_view>

#include "spark/analysis/typed_plan.h"
#include "spark/plan/command.h"

namespace hearth::engine {

// The plan under the headings that Apache Spark prints for the mode; the texts under them are this engine's
// own, and the physical plan ends with the statement that DuckDB gets. `time_zone`: the session's. Throws
// what lowering throws.
std::string Explain(const spark::TypedPlan& plan, spark::ExplainCommand::Mode mode,
                    std::string_view time_zone);

}  // namespace hearth::engine
