#include "catalog/record.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::catalog {

namespace {

using Json = nlohmann::json;

const char* NameOf(TableKind kind) {
  switch (kind) {
    case TableKind::kManaged: return "managed";
    case TableKind::kExternal: return "external";
    case TableKind::kView: break;
  }
  return "view";
}

TableKind KindOf(const std::string& name) {
  if (name == "managed") return TableKind::kManaged;
  if (name == "external") return TableKind::kExternal;
  if (name == "view") return TableKind::kView;
  // The library's own exceptions are what reading throws; see Decoded.
  throw Json::other_error::create(0, "no kind of table: " + name, nullptr);
}

/// What is as it is without being said is not said.
template <typename Value>
void Put(Json* json, const char* key, const Value& value) {
  if (value != Value()) (*json)[key] = value;
}

template <typename Value>
void Get(const Json& json, const char* key, Value* value) {
  if (const auto found = json.find(key); found != json.end()) *value = found->get<Value>();
}

Json ToJson(const Database& database) {
  Json json = Json::object();
  Put(&json, "name", database.name);
  Put(&json, "comment", database.comment);
  Put(&json, "location", database.location);
  Put(&json, "owner", database.owner);
  Put(&json, "properties", database.properties);
  Put(&json, "version", database.version);
  return json;
}

Database DatabaseOf(const Json& json) {
  Database database;
  Get(json, "name", &database.name);
  Get(json, "comment", &database.comment);
  Get(json, "location", &database.location);
  Get(json, "owner", &database.owner);
  Get(json, "properties", &database.properties);
  Get(json, "version", &database.version);
  return database;
}

Json ToJson(const ViewDefinition& view) {
  Json json = Json::object();
  Put(&json, "text", view.text);
  Put(&json, "database", view.database);
  Put(&json, "settings", view.settings);
  Put(&json, "query_columns", view.query_columns);
  return json;
}

ViewDefinition ViewOf(const Json& json) {
  ViewDefinition view;
  Get(json, "text", &view.text);
  Get(json, "database", &view.database);
  Get(json, "settings", &view.settings);
  Get(json, "query_columns", &view.query_columns);
  return view;
}

Json ToJson(const Table& table) {
  Json json = {{"database", table.name.database}, {"table", table.name.table}, {"kind", NameOf(table.kind)}};
  Put(&json, "provider", table.provider);
  Put(&json, "schema", table.schema);
  Put(&json, "partition_columns", table.partition_columns);
  Put(&json, "location", table.location);
  Put(&json, "options", table.options);
  Put(&json, "properties", table.properties);
  if (table.comment) json["comment"] = *table.comment;
  Put(&json, "owner", table.owner);
  Put(&json, "created_at_ms", table.created_at_ms);
  if (table.is_view()) json["view"] = ToJson(table.view);
  Put(&json, "version", table.version);
  Put(&json, "data_version", table.data_version);
  return json;
}

Table TableOf(const Json& json) {
  Table table;
  Get(json, "database", &table.name.database);
  Get(json, "table", &table.name.table);
  table.kind = KindOf(json.at("kind").get<std::string>());
  Get(json, "provider", &table.provider);
  Get(json, "schema", &table.schema);
  Get(json, "partition_columns", &table.partition_columns);
  Get(json, "location", &table.location);
  Get(json, "options", &table.options);
  Get(json, "properties", &table.properties);
  if (const auto comment = json.find("comment"); comment != json.end()) {
    table.comment = comment->get<std::string>();
  }
  Get(json, "owner", &table.owner);
  Get(json, "created_at_ms", &table.created_at_ms);
  if (const auto view = json.find("view"); view != json.end()) table.view = ViewOf(*view);
  Get(json, "version", &table.version);
  Get(json, "data_version", &table.data_version);
  return table;
}

Json ToJson(const Manifest& manifest) {
  Json json = Json::object();
  Put(&json, "replaced", manifest.replaced);
  Put(&json, "removed_files", manifest.removed_files);
  Put(&json, "removed_folders", manifest.removed_folders);
  Put(&json, "made_folders", manifest.made_folders);
  Put(&json, "renames", manifest.renames);
  Put(&json, "staging", manifest.staging);
  return json;
}

Manifest ManifestOf(const Json& json) {
  Manifest manifest;
  Get(json, "replaced", &manifest.replaced);
  Get(json, "removed_files", &manifest.removed_files);
  Get(json, "removed_folders", &manifest.removed_folders);
  Get(json, "made_folders", &manifest.made_folders);
  Get(json, "renames", &manifest.renames);
  Get(json, "staging", &manifest.staging);
  return manifest;
}

Json ToJson(const Change& change) {
  Json json = Json::object();
  Put(&json, "operation", change.operation);
  Put(&json, "expected", change.expected);
  Put(&json, "expected_empty", change.expected_empty);
  for (const Database& database : change.databases) json["databases"].push_back(ToJson(database));
  for (const Table& table : change.tables) json["tables"].push_back(ToJson(table));
  Put(&json, "dropped", change.dropped);
  for (const TableName& name : change.written) json["written"].push_back({name.database, name.table});
  json["manifest"] = ToJson(change.manifest);
  return json;
}

Change ChangeOf(const Json& json) {
  Change change;
  Get(json, "operation", &change.operation);
  Get(json, "expected", &change.expected);
  Get(json, "expected_empty", &change.expected_empty);
  for (const Json& database : json.value("databases", Json::array())) {
    change.databases.push_back(DatabaseOf(database));
  }
  for (const Json& table : json.value("tables", Json::array())) change.tables.push_back(TableOf(table));
  Get(json, "dropped", &change.dropped);
  for (const Json& name : json.value("written", Json::array())) {
    change.written.push_back({name.at(0).get<std::string>(), name.at(1).get<std::string>()});
  }
  change.manifest = ManifestOf(json.at("manifest"));
  return change;
}

template <typename Read>
auto Decoded(std::string_view record, Read read) -> absl::StatusOr<decltype(read(Json()))> {
  try {
    const Json json = Json::parse(record);
    if (!json.is_object()) return absl::DataLossError("a record of the catalog is no object");
    return read(json);
  } catch (const Json::exception& error) {
    return absl::DataLossError(absl::StrCat("a record of the catalog cannot be read: ", error.what()));
  }
}

}  // namespace

std::string Encode(const Database& database) { return ToJson(database).dump(); }
std::string Encode(const Table& table) { return ToJson(table).dump(); }
std::string Encode(const Manifest& manifest) { return ToJson(manifest).dump(); }
std::string Encode(const Change& change) { return ToJson(change).dump(); }

absl::StatusOr<Database> DecodeDatabase(std::string_view record) { return Decoded(record, DatabaseOf); }
absl::StatusOr<Table> DecodeTable(std::string_view record) { return Decoded(record, TableOf); }
absl::StatusOr<Manifest> DecodeManifest(std::string_view record) { return Decoded(record, ManifestOf); }
absl::StatusOr<Change> DecodeChange(std::string_view record) { return Decoded(record, ChangeOf); }

absl::Status CheckText(const Change& change) {
  try {
    Encode(change);
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError("names, texts and paths of the catalog are UTF-8");
  }
  return absl::OkStatus();
}

}  // namespace hearth::catalog
