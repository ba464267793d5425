#include "engine/service/catalog_commands.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/service/engine_session.h"
#include "engine/service/name_pattern.h"
#include "engine/service/session_environment.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_description.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using What = spark::ShowCommand::What;

DataType Texts(const std::vector<std::string>& names) {
  std::vector<spark::StructField> fields;
  for (const std::string& name : names) fields.push_back({name, DataType::String(), false, ""});
  return DataType::Struct(std::move(fields));
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

TextResult Databases(const TableCatalog& catalog, const NamePattern& pattern) {
  const auto databases = catalog.catalog().ListDatabases();
  std::vector<std::string> names;
  if (databases.ok()) {
    for (const DatabasePtr& database : *databases) names.push_back(database->name);
  }
  return Listing("namespace", names, pattern);
}

// Tables and views of a database, or its views, and then the session's, which belong to no database.
TextResult Tables(const spark::ShowCommand& show, const CommandContext& context, const NamePattern& pattern) {
  const TableCatalog catalog(context);
  const std::string database =
      show.name.empty() ? catalog.CurrentDatabase() : TableCatalog::DatabaseOf(show.name);
  catalog.RequireDatabase(database);
  const bool views_only = show.what == What::kViews;
  TextResult result;
  result.schema = DataType::Struct({{"namespace", DataType::String(), false, ""},
                                    {views_only ? "viewName" : "tableName", DataType::String(), false, ""},
                                    {"isTemporary", DataType::Boolean(), false, ""}});
  const auto tables = catalog.catalog().ListTables(database);
  if (tables.ok()) {
    for (const TablePtr& table : *tables) {
      if ((table->is_view() || !views_only) && pattern.Matches(table->name.table))
        result.rows.push_back({database, table->name.table, false});
    }
  }
  for (const std::string& name : context.session.state<EngineSession>().views.Names()) {
    if (pattern.Matches(name)) result.rows.push_back({std::string(), name, true});
  }
  return result;
}

ViewPtr FindView(const Name& name, const CommandContext& context) {
  if (name.size() == 2 && SameName(name[0], kGlobalDatabase))
    return context.runtime.global_views().Find(name[1]);
  return name.size() == 1 ? context.session.state<EngineSession>().views.Find(name[0]) : nullptr;
}

TextResult Columns(const spark::ShowCommand& show, const CommandContext& context) {
  std::vector<std::string> names;
  if (FindView(show.name, context) != nullptr) {
    SessionEnvironment environment(context.session, context.runtime);
    const auto plan = environment.Analyze(spark::MakeRelation(spark::NamedTable{show.name, {}}));
    for (const spark::Column& column : plan->output) names.push_back(column.name);
  } else {
    const TablePtr table = TableCatalog(context).RequireTable(show.name, show.origin);
    const DataType schema = SchemaOf(*table);
    for (const spark::StructField& field : schema.fields()) names.push_back(field.name);
  }
  return Listing("col_name", names, NamePattern("*"));
}

}  // namespace

TextResult Show(const spark::ShowCommand& show, const CommandContext& context) {
  if (show.what == What::kColumns) return Columns(show, context);
  const TableCatalog catalog(context);
  const NamePattern pattern(show.pattern.value_or("*"));
  switch (show.what) {
    case What::kDatabases: return Databases(catalog, pattern);
    case What::kCatalogs: return Listing("catalog", {kSessionCatalog}, pattern);
    case What::kTables:
    case What::kViews: return Tables(show, context, pattern);
    case What::kColumns:
    case What::kCurrentNamespace: break;
  }
  return {Texts({"catalog", "namespace"}), {{std::string(kSessionCatalog), catalog.CurrentDatabase()}}};
}

TextResult Describe(const spark::DescribeCommand& describe, const CommandContext& context) {
  const auto* name = describe.plan->As<spark::NamedTable>();
  SessionEnvironment environment(context.session, context.runtime);
  if (name != nullptr && environment.FindView(name->parts) == nullptr) {
    const TableCatalog catalog(context);
    const TablePtr table = catalog.FindTable(catalog.NameOf(name->parts));
    if (table != nullptr) return DescribeTable(*table, describe.is_extended);
    if (name->parts.size() > 1) throw Error::Decline("DESCRIBE of a qualified name");
  }
  const spark::TypedPlanPtr plan = environment.Analyze(describe.plan);
  TextResult result = DescribedColumns();
  std::vector<spark::StructField> columns;
  for (const spark::Column& column : plan->output) {
    columns.push_back({column.name, column.type, column.nullable, column.metadata});
  }
  AddColumns(columns, &result);
  return result;
}

}  // namespace hearth::engine
