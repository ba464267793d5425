// The rows of a query as files of a table, staged until a change of the catalog brings them in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catalog/change.h"
#include "engine/service/command_context.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

struct RowTarget {
  // The folder below which they are staged, on the file system of the table's location.
  std::string staging_root;
  // Partitions that all rows are in: columns in the table's order, with their text; null: the folder of
  // nulls.
  std::vector<std::pair<std::string, std::optional<std::string>>> fixed_partitions = {};
};

// A folder of a partition: "name=value" in Hive's escapes, as Spark writes it.
std::string PartitionFolder(const std::string& column, const std::optional<std::string>& value);

// Writes the rows of the plan, whose columns are those of the table but for the fixed partitions, and adds to
// the manifest what brings them in. Gives the folders of the partitions that they are in, below the table's
// location. Throws spark::Error, and then nothing is left of them.
std::vector<std::string> WriteRows(const spark::TypedPlan& plan, const catalog::Table& table,
                                   const RowTarget& target, CommandContext& context,
                                   const std::string& time_zone, catalog::Manifest* manifest);

}  // namespace hearth::engine
