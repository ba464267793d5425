#include "engine/service/configuration_guard.h"

#include <algorithm>

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

// What follows "spark.sql." in the families of settings that Spark reads by names which its lists do not
// hold: names of catalogs, and former names of settings. Any other name that the lists do not hold is nothing
// to it.
constexpr std::string_view kUnlisted[] = {"ansi.", "catalog.", "fromJson", "legacy.", "parquet.", "sources."};

// Defaults of settings that Spark keeps out of its lists.
constexpr std::pair<std::string_view, std::string_view> kInternalDefaults[] = {
    {"spark.sql.caseSensitive", "false"},
    {"spark.sql.crossJoin.enabled", "true"},
};

bool IsFollowed(std::string_view name) {
  return std::ranges::any_of(kFollowed, [&](std::string_view entry) {
    return entry.back() == '.' ? name.starts_with(entry) : name == entry;
  });
}

bool IsUnlisted(std::string_view name) {
  return std::ranges::any_of(kUnlisted, [&](std::string_view family) { return name.starts_with(family); });
}

// Whether Spark would answer with this setting as without it. `name` is the key after "spark.sql.".
bool IsWithoutEffect(std::string_view key, std::string_view name, std::string_view value) {
  for (const auto& [internal, fallback] : kInternalDefaults) {
    if (key == internal) return SameName(value, fallback);
  }
  const wire::KnownKey* known = wire::FindKnownKey(key);
  if (known == nullptr) return !IsUnlisted(name);
  return known->kind == wire::KnownKey::Default::kValue && SameName(value, known->value);
}

}  // namespace

void DeclineUnfollowedSettings(const std::map<std::string, std::string>& overrides) {
  constexpr std::string_view kPrefix = "spark.sql.";
  for (const auto& [key, value] : overrides) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string_view name = std::string_view(key).substr(kPrefix.size());
    if (IsFollowed(name) || IsWithoutEffect(key, name, value)) continue;
    throw spark::Error::Decline("the setting " + key + "=" + value);
  }
}

}  // namespace hearth::engine
