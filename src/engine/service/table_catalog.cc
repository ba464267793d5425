#include "engine/service/table_catalog.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/duckdb/file_listing.h"
#include "engine/service/engine_session.h"
#include "spark/sql/parser.h"

namespace hearth::engine {
namespace {

using catalog::TableName;
using spark::Error;
using spark::ExceptionKind;

// A change of files takes about so long.
constexpr std::chrono::milliseconds kMoveWait(1);
constexpr int kMoveWaitsMax = 30'000;

Error Failed(const absl::Status& status) {
  return Error::WithMessage(ExceptionKind::kSpark, "", "", {},
                            "The catalog does not answer: " + std::string(status.message()));
}

template <typename Value>
Value Require(absl::StatusOr<Value> value) {
  if (!value.ok()) throw Failed(value.status());
  return *std::move(value);
}

Error MovesTooLong() {
  return Error::WithMessage(ExceptionKind::kSpark, "", "", {},
                            "The table's files are on their way for too long.");
}

Error TooManyParts(const Name& parts) {
  return Error(ExceptionKind::kAnalysis, "REQUIRES_SINGLE_PART_NAMESPACE",
               {{"sessionCatalog", kSessionCatalog}, {"identifier", spark::QuoteIdentifier(parts)}});
}

}  // namespace

Name FullName(const TableName& name) { return {kSessionCatalog, name.database, name.table}; }
std::string QuotedName(const TableName& name) { return spark::QuoteIdentifier(FullName(name)); }

std::string LocationText(const std::string& location) { return "file:" + location; }

std::string LocationOf(const std::string& text) {
  const size_t path = text.starts_with("file:") ? text.find('/') : 0;
  if (path == std::string::npos || !text.substr(path).starts_with('/')) {
    throw Error::Decline("the location " + text + ", which is no absolute path");
  }
  return QualifiedPath(text).substr(sizeof("file:") - 1);
}

spark::DataType SchemaOf(const catalog::Table& table) { return spark::DataType::FromJson(table.schema); }

Error SchemaNotFound(const std::string& database) {
  return Error(ExceptionKind::kAnalysis, "SCHEMA_NOT_FOUND",
               {{"schemaName", spark::QuoteIdentifier(Name{kSessionCatalog, database})}});
}

Error DroppedTableNotFound(const TableName& name) {
  return Error(ExceptionKind::kAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
               {{"relationName", QuotedName(name)},
                {"searchPath", "[" + spark::QuoteIdentifier(Name{kSessionCatalog, name.database}) + "]"}});
}

Error TableAlreadyExists(const TableName& name) {
  return Error(ExceptionKind::kAnalysis, "TABLE_OR_VIEW_ALREADY_EXISTS",
               {{"relationName", QuotedName(name)}});
}

Error TableOperationNotSupported(const TableName& name, const std::string& operation) {
  return Error(ExceptionKind::kAnalysis, "UNSUPPORTED_FEATURE.TABLE_OPERATION",
               {{"tableName", QuotedName(name)}, {"operation", operation}});
}

catalog::Properties ViewSettings(wire::Session& session) {
  catalog::Properties settings;
  for (const char* key : {"spark.sql.session.timeZone", "spark.sql.ansi.doubleQuotedIdentifiers"}) {
    settings[key] = session.configuration().GetOption(key).value_or("");
  }
  return settings;
}

std::string TableCatalog::CurrentDatabase() const {
  return session_.state<EngineSession>().current_database.Get();
}

TableName TableCatalog::NameOf(const Name& parts, const std::string& current_database) {
  Name name = parts;
  if (name.size() > 1 && SameName(name[0], kSessionCatalog)) name.erase(name.begin());
  if (name.size() > 2 || (name.size() == 1 && parts.size() == 2)) throw TooManyParts(parts);
  const std::string& database = name.size() == 2 ? name[0] : current_database;
  return {absl::AsciiStrToLower(database), absl::AsciiStrToLower(name.back())};
}

std::string TableCatalog::DatabaseOf(const Name& parts) {
  Name name = parts;
  if (name.size() > 1 && SameName(name[0], kSessionCatalog)) name.erase(name.begin());
  if (name.size() != 1) throw TooManyParts(parts);
  if (SameName(name[0], kGlobalDatabase)) throw Error::Decline("the database of global views");
  if (SameName(name[0], kSessionCatalog)) throw Error::Decline("a catalog in place of a database");
  return absl::AsciiStrToLower(name[0]);
}

DatabasePtr TableCatalog::FindDatabase(const std::string& name) const {
  return Require(catalog().FindDatabase(name));
}

TablePtr TableCatalog::FindTable(const TableName& name) const {
  return Require(catalog().FindTable(name)).table;
}

TablePtr TableCatalog::FindSettledTable(const TableName& name) const {
  for (int waits = 0; waits < kMoveWaitsMax; ++waits) {
    const auto found = Require(catalog().FindTable(name));
    if (!found.is_moving) return found.table;
    std::this_thread::sleep_for(kMoveWait);
  }
  throw MovesTooLong();
}

DatabasePtr TableCatalog::RequireDatabase(const std::string& name) const {
  DatabasePtr database = FindDatabase(name);
  if (database == nullptr) throw SchemaNotFound(name);
  return database;
}

Error TableCatalog::TableNotFound(const Name& parts, const spark::OriginPtr& origin) const {
  const std::string database = spark::QuoteIdentifier(Name{kSessionCatalog, CurrentDatabase()});
  return Error(ExceptionKind::kExtendedAnalysis, "TABLE_OR_VIEW_NOT_FOUND",
               {{"relationName", spark::QuoteIdentifier(parts)},
                {"searchPath", "[`system`.`session`, " + database + "]"}},
               origin);
}

TablePtr TableCatalog::RequireTable(const Name& parts, const spark::OriginPtr& origin) const {
  TablePtr table = FindTable(NameOf(parts));
  if (table == nullptr) throw TableNotFound(parts, origin);
  return table;
}

std::shared_ptr<const spark::ViewDefinition> TableCatalog::ViewOf(const catalog::Table& table,
                                                                  const spark::ParserOptions& options) const {
  if (table.view.settings != ViewSettings(session_)) {
    throw Error::Decline("a view that was made under other settings than the session has");
  }
  spark::ParserOptions of_view = options;
  of_view.object_type = "VIEW";
  of_view.object_name = std::string(kSessionCatalog) + "." + table.name.database + "." + table.name.table;
  const spark::Statement statement = spark::ParseStatement(table.view.text, of_view);
  const auto* query = std::get_if<spark::RelationPtr>(&statement);
  if (query == nullptr) throw Error::Decline("a view that is no query");
  auto view = std::make_shared<spark::ViewDefinition>();
  view->name = FullName(table.name);
  view->plan = *query;
  view->database = table.view.database;
  view->schema = SchemaOf(table);
  view->query_columns = table.view.query_columns;
  return view;
}

std::shared_ptr<const spark::TableDefinition> TableCatalog::Open(const TableName& name,
                                                                 const spark::ParserOptions& options) const {
  for (int waits = 0; waits < kMoveWaitsMax; ++waits) {
    const auto before = Require(catalog().FindTable(name));
    if (before.table == nullptr) return nullptr;
    if (before.is_moving) {
      std::this_thread::sleep_for(kMoveWait);
      continue;
    }
    const catalog::Table& table = *before.table;
    auto definition = std::make_shared<spark::TableDefinition>();
    definition->name = FullName(name);
    if (table.is_view()) {
      definition->view = ViewOf(table, options);
      return definition;
    }
    if (table.provider != "parquet") throw Error::Decline("tables of " + table.provider);
    definition->schema = SchemaOf(table);
    definition->files =
        runtime_.files().OpenTable(table.location, definition->schema, table.partition_columns,
                                   {table.options.begin(), table.options.end()});
    const auto after = Require(catalog().FindTable(name));
    const bool is_same = after.table != nullptr && !after.is_moving &&
                         after.table->version == table.version &&
                         after.table->data_version == table.data_version;
    if (is_same) return definition;
  }
  throw MovesTooLong();
}

bool TableCatalog::WasMade(const std::string& operation) const {
  return !operation.empty() && Require(catalog().WasMade(operation));
}

void TableCatalog::Announce(const std::string& operation, const std::string& folder) const {
  const absl::Status status = catalog().Announce(operation, folder);
  if (!status.ok()) throw Failed(status);
}

bool TableCatalog::Commit(const catalog::Change& change) const {
  const absl::Status status = catalog().Commit(change);
  if (absl::IsAborted(status)) {
    std::error_code ignored;
    for (const std::string& folder : change.manifest.staging) std::filesystem::remove_all(folder, ignored);
    return false;
  }
  if (absl::IsUnknown(status)) {
    throw Error::WithMessage(ExceptionKind::kSpark, "", "", {},
                             "Whether the catalog was changed is unknown: " + std::string(status.message()));
  }
  if (!status.ok()) throw Failed(status);
  return true;
}

}  // namespace hearth::engine
