#include "engine/service/catalog_commands.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/service/engine_session.h"
#include "engine/service/name_pattern.h"
#include "engine/service/session_environment.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using What = spark::ShowCommand::What;
using Name = std::vector<std::string>;

constexpr char kCatalog[] = "spark_catalog";
constexpr char kDatabase[] = "default";

DataType Texts(const std::vector<std::string>& names) {
  std::vector<spark::StructField> fields;
  for (const std::string& name : names) fields.push_back({name, DataType::String(), false, ""});
  return DataType::Struct(std::move(fields));
}

// Whether a name means the one database. Throws SCHEMA_NOT_FOUND for another, and declines what is of another
// catalog or spelled in another way, which Spark remembers.
void RequireDatabase(const Name& name) {
  const bool is_qualified = name.size() == 2 && name[0] == kCatalog;
  if (name.size() != 1 && !is_qualified) throw Error::Decline("other catalogs than spark_catalog");
  if (name.back() == kDatabase) return;
  if (SameName(name.back(), kDatabase)) throw Error::Decline("another spelling of the database default");
  if (SameName(name.back(), kGlobalDatabase)) throw Error::Decline("the database of global views");
  if (SameName(name.back(), kCatalog)) throw Error::Decline("a catalog in place of a database");
  throw Error(ExceptionKind::kAnalysis, "SCHEMA_NOT_FOUND",
              {{"schemaName", spark::QuoteIdentifier(Name{kCatalog, name.back()})}});
}

// One column of names, those of them that match.
TextResult Listing(const std::string& column, const std::vector<std::string>& names,
                   const NamePattern& pattern) {
  TextResult result{Texts({column}), {}};
  for (const std::string& name : names) {
    if (pattern.Matches(name)) result.rows.push_back({name});
  }
  return result;
}

TextResult Views(const std::string& column, const ViewCatalog& views, const NamePattern& pattern) {
  TextResult result;
  result.schema = DataType::Struct({{"namespace", DataType::String(), false, ""},
                                    {column, DataType::String(), false, ""},
                                    {"isTemporary", DataType::Boolean(), false, ""}});
  for (const std::string& name : views.Names()) {
    // A session's views belong to no database.
    if (pattern.Matches(name)) result.rows.push_back({std::string(), name, true});
  }
  return result;
}

ViewPtr FindView(const Name& name, wire::Session& session, EngineRuntime& runtime) {
  if (name.size() == 2 && SameName(name[0], kGlobalDatabase)) return runtime.global_views().Find(name[1]);
  return name.size() == 1 ? session.state<EngineSession>().views.Find(name[0]) : nullptr;
}

TextResult Columns(const spark::ShowCommand& show, wire::Session& session, EngineRuntime& runtime) {
  if (FindView(show.name, session, runtime) == nullptr) {
    throw Error(ExceptionKind::kExtendedAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
                {{"relationName", spark::QuoteIdentifier(show.name)},
                 {"searchPath", "[`system`.`session`, `spark_catalog`.`default`]"}},
                show.origin);
  }
  SessionEnvironment environment(session, runtime);
  const auto plan = environment.Analyze(spark::MakeRelation(spark::NamedTable{show.name, {}}));
  std::vector<std::string> names;
  for (const spark::Column& column : plan->output) names.push_back(column.name);
  return Listing("col_name", names, NamePattern("*"));
}

spark::StructField Described(const std::string& name, const std::string& of, bool nullable) {
  return {name, DataType::String(), nullable, R"({"comment":")" + of + R"( of the column"})"};
}

}  // namespace

TextResult Show(const spark::ShowCommand& show, wire::Session& session, EngineRuntime& runtime) {
  if (show.what == What::kColumns) return Columns(show, session, runtime);
  if (!show.name.empty()) RequireDatabase(show.name);
  const NamePattern pattern(show.pattern.value_or("*"));
  const ViewCatalog& views = session.state<EngineSession>().views;
  switch (show.what) {
    case What::kDatabases: return Listing("namespace", {kDatabase}, pattern);
    case What::kCatalogs: return Listing("catalog", {kCatalog}, pattern);
    case What::kTables: return Views("tableName", views, pattern);
    case What::kViews: return Views("viewName", views, pattern);
    case What::kColumns:
    case What::kCurrentNamespace: break;
  }
  return {Texts({"catalog", "namespace"}), {{std::string(kCatalog), std::string(kDatabase)}}};
}

TextResult Describe(const spark::DescribeCommand& describe, wire::Session& session, EngineRuntime& runtime) {
  const auto* table = describe.plan->As<spark::NamedTable>();
  if (table != nullptr && table->parts.size() > 1 && FindView(table->parts, session, runtime) == nullptr) {
    throw Error::Decline("DESCRIBE of a qualified name");
  }
  SessionEnvironment environment(session, runtime);
  const spark::TypedPlanPtr plan = environment.Analyze(describe.plan);
  TextResult result;
  result.schema =
      DataType::Struct({Described("col_name", "name", false), Described("data_type", "data type", false),
                        Described("comment", "comment", true)});
  for (const spark::Column& column : plan->output) {
    if (column.metadata.find("\"comment\"") != std::string::npos) {
      throw Error::Decline("comments on columns");
    }
    result.rows.push_back({column.name, column.type.simple_string(), std::monostate()});
  }
  return result;
}

TextResult Use(const spark::UseCommand& use) {
  RequireDatabase(use.name);
  return {};
}

TextResult DropNoTable(const spark::DropTable& drop, wire::Session& session, EngineRuntime& runtime) {
  if (FindView(drop.name, session, runtime) != nullptr) throw Error::Decline("DROP TABLE of a view");
  const Name database(drop.name.begin(), drop.name.end() - 1);
  if (!database.empty() && database != Name{kDatabase} && database != Name{kCatalog, kDatabase}) {
    throw Error::Decline("DROP TABLE in another database");
  }
  // Whoever is sure of the table may have it elsewhere.
  if (!drop.if_exists) throw Error::Decline("DROP TABLE");
  return {};
}

}  // namespace hearth::engine
