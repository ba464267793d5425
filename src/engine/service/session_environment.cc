#include "engine/service/session_environment.h"

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/check.h"
#include "engine/arrow/local_table.h"
#include "engine/functions/time_zone.h"
#include "engine/service/configuration_guard.h"
#include "engine/service/table_catalog.h"
#include "spark/analysis/analyzer.h"
#include "spark/connect/plan_decoder.h"
#include "spark/connect/schema_text.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

int64_t NowMicros() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

spark::Error BlockNotFound(bool is_chunked, const std::string& hash, const wire::Session& session) {
  spark::Error::Parameters parameters = {{"hash", hash}};
  if (is_chunked) parameters["sessionUUID"] = session.server_side_id();
  return spark::Error(spark::ExceptionKind::kInvalidPlanInput,
                      is_chunked ? "CONNECT_INVALID_PLAN.NOT_FOUND_CHUNKED_CACHED_LOCAL_RELATION"
                                 : "CONNECT_INVALID_PLAN.CANNOT_FIND_CACHED_LOCAL_RELATION",
                      std::move(parameters));
}

}  // namespace

SessionEnvironment::SessionEnvironment(wire::Session& session, EngineRuntime& runtime)
    : session_(session), runtime_(runtime), query_time_micros_(NowMicros()) {}

spark::TypedPlanPtr SessionEnvironment::Analyze(const spark::RelationPtr& relation) {
  DeclineUnfollowedSettings(session_.configuration().Overrides());
  return spark::Analyze(relation, *this);
}

spark::DataType SessionEnvironment::AnalyzeSchema(const spark::RelationPtr& relation) {
  DeclineUnfollowedSettings(session_.configuration().Overrides());
  return spark::AnalyzeSchema(relation, *this);
}

std::string SessionEnvironment::Configuration(std::string_view key) const {
  auto value = session_.configuration().GetOption(key);
  HEARTH_CHECK(value.has_value()) << "analysis asks for a setting without a value: " << key;
  return std::move(*value);
}

std::shared_ptr<const spark::ViewDefinition> SessionEnvironment::FindView(
    const std::vector<std::string>& name) const {
  if (name.size() == 2 && SameName(name[0], kGlobalDatabase)) {
    ViewPtr view = runtime_.global_views().Find(name[1]);
    found_global_view_ |= view != nullptr;
    return view;
  }
  if (name.size() != 1) return nullptr;
  ViewPtr view = session_.state<EngineSession>().views.Find(name[0]);
  if (view != nullptr) found_views_[absl::AsciiStrToLower(name[0])] = view;
  return view;
}

std::string SessionEnvironment::CurrentDatabase() const {
  return session_.state<EngineSession>().current_database.Get();
}

std::shared_ptr<const spark::TableDefinition> SessionEnvironment::FindTable(
    const std::vector<std::string>& name, const std::string& current_database) {
  // A name of more parts is none of this catalog.
  const size_t namespaces = name.size() - (SameName(name[0], kSessionCatalog) ? 2 : 1);
  if (name.size() > 2 && namespaces != 1) return nullptr;
  if (name.size() == 2 && SameName(name[0], kSessionCatalog)) return nullptr;
  const catalog::TableName table = TableCatalog::NameOf(name, current_database);
  const spark::ParserOptions options = ParserOptions();
  auto found = TableCatalog(session_, runtime_).Open(table, options);
  if (found != nullptr) found_tables_.insert(table);
  return found;
}

spark::ParserOptions SessionEnvironment::ParserOptions() const {
  spark::ParserOptions options;
  options.time_zone = TimeZone();
  options.double_quoted_identifiers = Configuration("spark.sql.ansi.doubleQuotedIdentifiers") == "true";
  options.to_utc = [this](const std::string& zone, int64_t local_micros) {
    return ToUtc(zone, local_micros);
  };
  return options;
}

std::optional<int64_t> SessionEnvironment::ToLocal(std::string_view zone, int64_t utc_micros) const {
  auto found = Zone::Find(zone);
  return found ? std::optional<int64_t>(found->ToLocal(utc_micros)) : std::nullopt;
}

std::optional<int64_t> SessionEnvironment::ToUtc(std::string_view zone, int64_t local_micros) const {
  const auto found = Zone::Find(zone);
  return found ? std::optional<int64_t>(found->ToUtc(local_micros)) : std::nullopt;
}

std::shared_ptr<const spark::FileRelation> SessionEnvironment::ReadFiles(const spark::DataSourceRead& read) {
  if (!read.format.empty()) return runtime_.files().Open(read);
  spark::DataSourceRead with_format = read;
  with_format.format = Configuration("spark.sql.sources.default");
  return runtime_.files().Open(with_format);
}

std::shared_ptr<const spark::LocalTable> SessionEnvironment::ReadLocal(const spark::LocalRelation& local) {
  return OpenLocal(local);
}

std::shared_ptr<const spark::StoredRows> SessionEnvironment::FindStored(const std::string& id) const {
  StoredRowsPtr found = session_.state<EngineSession>().stored_rows.Find(id);
  if (found != nullptr) return found;
  throw spark::Error(spark::ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND",
                     {{"dfId", id}, {"sessionId", session_.key().session_id}});
}

std::shared_ptr<const spark::LocalTable> SessionEnvironment::ReadCached(
    const spark::CachedLocalRelation& cached) {
  const ArtifactStore& artifacts = session_.state<EngineSession>().artifacts;
  const auto block = [&](const std::string& hash) {
    ArtifactStore::Block found = artifacts.FindBlock(hash);
    if (found != nullptr) return found;
    throw BlockNotFound(cached.is_chunked, hash, session_);
  };
  if (!cached.is_chunked) return OpenLocal(spark::DecodeLocalRelation(*block(cached.data_hashes.front())));
  spark::LocalRelation local;
  if (!cached.schema_hash.empty()) {
    local.schema_text = *block(cached.schema_hash);
    local.schema = spark::ParseLocalSchema(local.schema_text);
  }
  for (const std::string& hash : cached.data_hashes) local.blocks.push_back(block(hash));
  return OpenLocal(local);
}

}  // namespace hearth::engine
