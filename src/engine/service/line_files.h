// The rows of a query as files of lines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/service/line_format.h"
#include "engine/service/query_runner.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// The plan with its columns from the first one given as Spark's text of them.
spark::TypedPlanPtr WithTextFrom(const spark::TypedPlan& plan, size_t first);

// Writes the plan's rows to a folder: a file for each of the folders of partitions that its last columns
// name. Gives the files, each with that folder ("" without partitions: then there is a file, also of no
// rows). Throws spark::Error.
std::vector<std::pair<std::string, std::string>> WriteLines(const spark::TypedPlan& plan,
                                                            const LineFormat& format,
                                                            const std::vector<std::string>& partition_columns,
                                                            const std::string& folder, QueryRunner& runner);

}  // namespace hearth::engine
