// The rows of a query as files of a folder, staged until a change of the catalog brings them in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catalog/change.h"
#include "engine/service/command_context.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

struct RowTarget {
  // The folder that the files belong into, an absolute path.
  std::string location;
  // The folder below which they are staged, on the same file system.
  std::string staging_root;
  // The columns, those of the partitions last.
  spark::DataType schema;
  std::vector<std::string> partition_columns = {};
  // Of the table or the write.
  catalog::Properties options = {};
  // Partitions that all rows are in: the first ones, with their text; null: the folder of nulls.
  std::vector<std::pair<std::string, std::optional<std::string>>> fixed_partitions = {};
  // The location is not the catalog's to look after: what is staged there is announced to it.
  bool is_elsewhere = false;
  // "parquet", or a LineFormat, which has no fixed partitions.
  std::string format = "parquet";
  // No rows become a file, too: it tells the columns. Not with partitions, as in Spark.
  bool keeps_empty_file = false;
};

RowTarget TargetOf(const catalog::Table& table, std::string staging_root);

// A folder of a partition: "name=value" in Hive's escapes, as Spark writes it.
std::string PartitionFolder(const std::string& column, const std::optional<std::string>& value);

// Writes the rows of the plan, whose columns are those of the target but for the fixed partitions, and adds
// to the manifest what brings them in, each file by a rename. Gives the folders of the partitions that they
// are in, below the location. Throws spark::Error, and then nothing is left of them.
std::vector<std::string> WriteRows(const spark::TypedPlan& plan, const RowTarget& target,
                                   CommandContext& context, const std::string& time_zone,
                                   catalog::Manifest* manifest);

}  // namespace hearth::engine
