// A world for tests of the analyzer: views by name, no files, UTC.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "spark/analysis/analyzer.h"
#include "spark/analysis/scope.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::spark {

class TestEnvironment : public Environment {
 public:
  // A view whose definition is SQL text.
  void AddView(const std::string& name, const std::string& sql) { AddPlan(name, Parse(sql)); }
  void AddPlan(const std::string& name, RelationPtr plan) {
    views_[name] = std::make_shared<const ViewDefinition>(ViewDefinition{{name}, std::move(plan), {}});
  }
  // A table of a file-like source with the columns of a DDL text.
  void AddTable(const std::string& path, const std::string& ddl) {
    files_[path] =
        std::make_shared<const FileRelation>(FileRelation{"parquet", {path}, ParseTableSchema(ddl), {}});
  }

  static RelationPtr Parse(const std::string& sql) {
    const Statement statement = ParseStatement(sql);
    const auto* query = std::get_if<RelationPtr>(&statement);
    HEARTH_CHECK(query != nullptr);
    return *query;
  }

  std::string Configuration(std::string_view key) const override {
    if (key == "spark.sql.session.timeZone") return "UTC";
    if (key == "spark.sql.ansi.doubleQuotedIdentifiers") return "false";
    return "true";
  }
  std::shared_ptr<const ViewDefinition> FindView(const std::vector<std::string>& name) const override {
    const auto found = name.size() == 1 ? views_.find(LowerCase(name[0])) : views_.end();
    return found == views_.end() ? nullptr : found->second;
  }
  std::shared_ptr<const FileRelation> ReadFiles(const DataSourceRead& read) override {
    const auto found = files_.find(read.paths.at(0));
    if (found == files_.end())
      throw Error(ExceptionKind::kAnalysis, "PATH_NOT_FOUND", {{"path", read.paths[0]}});
    return found->second;
  }
  std::shared_ptr<const LocalTable> ReadLocal(const LocalRelation& local) override {
    return std::make_shared<const LocalTable>(LocalTable{{}, local.schema.value()});
  }
  std::shared_ptr<const LocalTable> ReadCached(const CachedLocalRelation&) override {
    throw Error::Decline("cached relations in this test");
  }
  std::shared_ptr<const StoredRows> FindStored(const std::string&) const override {
    throw Error::Decline("stored rows in this test");
  }
  int64_t QueryTimeMicros() const override { return 0; }

 private:
  std::map<std::string, std::shared_ptr<const ViewDefinition>> views_;
  std::map<std::string, std::shared_ptr<const FileRelation>> files_;
};

// "a int not null, b string": the schema of a plan, or "CONDITION {parameters}" of the error it gives.
inline std::string Describe(const RelationPtr& relation, Environment& environment) {
  try {
    std::string out;
    const TypedPlanPtr plan = Analyze(relation, environment);
    for (const Column& column : plan->output) {
      out += (out.empty() ? "" : ", ") + column.name + " " + column.type.simple_string() +
             (column.nullable ? "" : " not null");
    }
    return out;
  } catch (const Error& error) {
    if (!error.decline().empty()) return "declined: " + error.decline();
    std::string out = error.condition();
    for (const auto& [name, value] : error.parameters()) out += " " + name + "=" + value;
    return out;
  }
}

}  // namespace hearth::spark
