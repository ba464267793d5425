#include "engine/service/database_commands.h"

#include <utility>

#include "engine/service/engine_session.h"
#include "engine/service/table_catalog.h"
#include "engine/service/table_creation.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;

spark::StructField Information(const std::string& name, const std::string& of, bool nullable) {
  return {name, DataType::String(), nullable, R"({"comment":")" + of + R"( of the namespace info"})"};
}

}  // namespace

TextResult CreateDatabase(const spark::CreateDatabase& create, const CommandContext& context) {
  const TableCatalog catalog(context);
  const std::string name = TableCatalog::DatabaseOf(create.name);
  CheckObjectName(name);
  UntilMade([&] {
    if (catalog.FindDatabase(name) != nullptr) {
      if (create.if_not_exists) return true;
      throw Error(ExceptionKind::kAnalysis, "SCHEMA_ALREADY_EXISTS",
                  {{"schemaName", spark::QuoteIdentifier(name)}});
    }
    catalog::Database database;
    database.name = name;
    database.comment = create.comment.value_or("");
    database.location =
        create.location ? LocationOf(*create.location) : catalog.catalog().warehouse() + "/" + name + ".db";
    database.owner = ProcessUser();
    for (const auto& [key, value] : create.properties) database.properties[key] = value;
    catalog::Change change;
    change.operation = context.operation;
    change.expected = {{catalog::KeyOf(name), 0}};
    change.manifest.made_folders = {database.location};
    change.databases.push_back(std::move(database));
    return catalog.Commit(change);
  });
  return {};
}

TextResult DropDatabase(const spark::DropDatabase& drop, const CommandContext& context) {
  const TableCatalog catalog(context);
  const std::string name = TableCatalog::DatabaseOf(drop.name);
  if (name == catalog::kDefaultDatabase) {
    throw Error(ExceptionKind::kAnalysis, "UNSUPPORTED_FEATURE.DROP_DATABASE",
                {{"database", spark::QuoteIdentifier(Name{kSessionCatalog, name})}});
  }
  UntilMade([&] {
    const DatabasePtr database = catalog.FindDatabase(name);
    if (database == nullptr && drop.if_exists) return true;
    if (database == nullptr) throw SchemaNotFound(name);
    catalog::Change change;
    change.operation = context.operation;
    change.expected = {{catalog::KeyOf(name), database->version}};
    change.dropped = {catalog::KeyOf(name)};
    const auto tables = catalog.catalog().ListTables(name);
    if (!tables.ok() || (!tables->empty() && !drop.cascade)) {
      throw Error(ExceptionKind::kAnalysis, "SCHEMA_NOT_EMPTY",
                  {{"schemaName", spark::QuoteIdentifier(name)}});
    }
    for (const TablePtr& table : *tables) AddDrop(*table, &change);
    if (tables->empty()) change.expected_empty = {name};
    // A folder of somebody else's choice may hold more than tables.
    if (database->location == catalog.catalog().warehouse() + "/" + name + ".db") {
      change.manifest.removed_folders.push_back(database->location);
    }
    return catalog.Commit(change);
  });
  return {};
}

TextResult DescribeDatabase(const spark::DescribeDatabase& describe, const CommandContext& context) {
  const TableCatalog catalog(context);
  const DatabasePtr database = catalog.RequireDatabase(TableCatalog::DatabaseOf(describe.name));
  TextResult result{
      DataType::Struct({Information("info_name", "name", false), Information("info_value", "value", true)}),
      {{std::string("Catalog Name"), std::string(kSessionCatalog)},
       {std::string("Namespace Name"), database->name},
       {std::string("Comment"), database->comment},
       {std::string("Location"), LocationText(database->location)},
       {std::string("Owner"), database->owner}}};
  if (!describe.is_extended) return result;
  std::string properties;
  for (const auto& [key, value] : database->properties) {
    properties += (properties.empty() ? "(" : ", ") + ("(" + key + "," + value + ")");
  }
  result.rows.push_back({std::string("Properties"), properties.empty() ? properties : properties + ")"});
  return result;
}

TextResult Use(const spark::UseCommand& use, const CommandContext& context) {
  const TableCatalog catalog(context);
  const std::string name = TableCatalog::DatabaseOf(use.name);
  if (!context.is_repeated) catalog.RequireDatabase(name);
  // Spark remembers how it was written and shows it from then on.
  if (use.name.back() != name) throw Error::Decline("the name of a database in capitals");
  context.session.state<EngineSession>().current_database.Set(name);
  return {};
}

}  // namespace hearth::engine
