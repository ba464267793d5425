#include "engine/service/configuration_guard.h"

#include <optional>

#include "engine/service/view_catalog.h"
#include "spark/error.h"
#include "wire/configuration.h"

namespace hearth::engine {
namespace {

// What follows "spark.sql." in settings that leave every answer as it is, or that the engine honours. A name
// that ends with a dot stands for all below it.
constexpr std::string_view kFollowed[] = {
    "adaptive.",
    "ansi.doubleQuotedIdentifiers",
    "artifact.",
    "autoBroadcastJoinThreshold",
    "avro.",
    "broadcastTimeout",
    "bucketing.",
    "cache.",
    "cbo.",
    "classic.",
    "cli.",
    "codegen.",
    "connect.",
    "debug.",
    "defaultCacheStorageLevel",
    "error.messageFormat",
    "event.",
    "execution.",
    "extendedExplainProviders",
    "files.maxPartitionBytes",
    "files.maxPartitionNum",
    "files.maxRecordsPerFile",
    "files.minPartitionNum",
    "hive.",
    "inMemoryColumnarStorage.",
    "join.preferSortMergeJoin",
    "leafNodeDefaultParallelism",
    "maven.",
    "maxBroadcastTableSize",
    "maxMetadataStringLength",
    "maxPlanStringLength",
    "maxSinglePartitionBytes",
    "metadataCacheTTLSeconds",
    "optimizer.",
    "orc.",
    "parquet.aggregatePushdown",
    "parquet.columnarReaderBatchSize",
    "parquet.compression.codec",
    "parquet.enableNestedColumnVectorizedReader",
    "parquet.enableVectorizedReader",
    "parquet.filterPushdown",
    "parquet.recordLevelFilter.enabled",
    "parquet.writeLegacyFormat",
    "pipelines.",
    "pivotMaxValues",
    "planner.",
    "pyspark.",
    "python.",
    "queryExecutionListeners",
    "redaction.",
    "repl.",
    "session.",
    "shuffle.",
    "shuffleDependency.",
    "shuffledHashJoinFactor",
    "sources.bucketing.",
    "sources.default",
    "sources.parallelPartitionDiscovery.",
    "sources.partitionOverwriteMode",
    "sources.v2.",
    "stackTracesInDataFrameContext",
    "statistics.",
    "storeAssignmentPolicy",
    "streaming.",
    "thriftServer.",
    "thriftserver.",
    "ui.",
    "window.",
};

// Defaults of settings that Spark keeps out of its lists.
constexpr std::pair<std::string_view, std::string_view> kInternalDefaults[] = {
    {"spark.sql.caseSensitive", "false"},
    {"spark.sql.crossJoin.enabled", "true"},
};

bool IsFollowed(std::string_view name) {
  for (const std::string_view entry : kFollowed) {
    if (entry.back() == '.' ? name.starts_with(entry) : name == entry) return true;
  }
  return false;
}

bool IsDefault(std::string_view key, std::string_view value) {
  for (const auto& [internal, fallback] : kInternalDefaults) {
    if (key == internal) return SameName(value, fallback);
  }
  const wire::KnownKey* known = wire::FindKnownKey(key);
  return known != nullptr && known->kind == wire::KnownKey::Default::kValue && SameName(value, known->value);
}

}  // namespace

void DeclineUnfollowedSettings(const std::map<std::string, std::string>& overrides) {
  constexpr std::string_view kPrefix = "spark.sql.";
  for (const auto& [key, value] : overrides) {
    const std::string_view name = key;
    if (!name.starts_with(kPrefix) || IsFollowed(name.substr(kPrefix.size())) || IsDefault(key, value))
      continue;
    throw spark::Error::Decline("the setting " + key + "=" + value);
  }
}

}  // namespace hearth::engine
