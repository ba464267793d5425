// What analysis may ask of a session: its settings, views, files and local data.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/objects.h"
#include "engine/service/engine_runtime.h"
#include "engine/service/engine_session.h"
#include "spark/analysis/environment.h"
#include "spark/sql/parser.h"
#include "wire/session.h"

namespace hearth::engine {

// For one analysis, from one thread. The session must outlive it.
class SessionEnvironment final : public spark::Environment {
 public:
  SessionEnvironment(wire::Session& session, EngineRuntime& runtime);

  // Resolves a query of the session. Throws as spark::Analyze, and declines if the session has a setting that
  // the engine does not follow.
  spark::TypedPlanPtr Analyze(const spark::RelationPtr& relation);
  // The schema of what Analyze gives.
  spark::DataType AnalyzeSchema(const spark::RelationPtr& relation);

  std::string Configuration(std::string_view key) const override;
  std::shared_ptr<const spark::ViewDefinition> FindView(const std::vector<std::string>& name) const override;
  std::string CurrentDatabase() const override;
  std::shared_ptr<const spark::TableDefinition> FindTable(const std::vector<std::string>& name,
                                                          const std::string& current_database) override;
  std::shared_ptr<const spark::FileRelation> ReadFiles(const spark::DataSourceRead& read) override;
  std::shared_ptr<const spark::LocalTable> ReadLocal(const spark::LocalRelation& local) override;
  std::shared_ptr<const spark::LocalTable> ReadCached(const spark::CachedLocalRelation& cached) override;
  std::shared_ptr<const spark::StoredRows> FindStored(const std::string& id) const override;
  int64_t QueryTimeMicros() const override { return query_time_micros_; }
  std::optional<int64_t> ToLocal(std::string_view zone, int64_t utc_micros) const override;
  std::optional<int64_t> ToUtc(std::string_view zone, int64_t local_micros) const override;

  // For parsing with the session's settings, while the environment lives.
  spark::ParserOptions ParserOptions() const;
  std::string TimeZone() const { return Configuration("spark.sql.session.timeZone"); }

  // The views of one part that analysis has found so far, by the names it asked for, in lower case.
  const std::map<std::string, ViewPtr>& found_views() const { return found_views_; }
  bool found_global_view() const { return found_global_view_; }
  // The tables and persistent views.
  const std::set<catalog::TableName>& found_tables() const { return found_tables_; }

 private:
  wire::Session& session_;
  EngineRuntime& runtime_;
  const int64_t query_time_micros_;
  mutable std::map<std::string, ViewPtr> found_views_;
  mutable bool found_global_view_ = false;
  std::set<catalog::TableName> found_tables_;
};

}  // namespace hearth::engine
