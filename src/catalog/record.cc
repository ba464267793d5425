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

/// Writes fields; what is as it is without being said is not said.
struct Writer {
  Json& json;
  template <typename Value>
  void operator()(const char* key, const Value& value) const {
    if (value != Value()) json[key] = value;
  }
};

/// Reads fields; what is not said stays as it is.
struct Reader {
  const Json& json;
  template <typename Value>
  void operator()(const char* key, Value& value) const {
    if (const auto found = json.find(key); found != json.end()) value = found->get<Value>();
  }
};

// The plain fields of each kind of record, for either way.

template <typename Way, typename DatabaseRecord>
void DatabaseFields(const Way& field, DatabaseRecord& database) {
  field("name", database.name);
  field("comment", database.comment);
  field("location", database.location);
  field("owner", database.owner);
  field("properties", database.properties);
  field("version", database.version);
}

template <typename Way, typename ViewRecord>
void ViewFields(const Way& field, ViewRecord& view) {
  field("text", view.text);
  field("database", view.database);
  field("settings", view.settings);
  field("query_columns", view.query_columns);
}

template <typename Way, typename TableRecord>
void TableFields(const Way& field, TableRecord& table) {
  field("provider", table.provider);
  field("schema", table.schema);
  field("partition_columns", table.partition_columns);
  field("location", table.location);
  field("options", table.options);
  field("properties", table.properties);
  field("owner", table.owner);
  field("created_at_ms", table.created_at_ms);
  field("version", table.version);
  field("data_version", table.data_version);
}

template <typename Way, typename ManifestRecord>
void ManifestFields(const Way& field, ManifestRecord& manifest) {
  field("replaced", manifest.replaced);
  field("cleared", manifest.cleared);
  field("removed_files", manifest.removed_files);
  field("emptied_folders", manifest.emptied_folders);
  field("removed_folders", manifest.removed_folders);
  field("made_folders", manifest.made_folders);
  field("renames", manifest.renames);
  field("staging", manifest.staging);
}

template <typename Way, typename ChangeRecord>
void ChangeFields(const Way& field, ChangeRecord& change) {
  field("operation", change.operation);
  field("expected", change.expected);
  field("expected_missing", change.expected_missing);
  field("expected_empty", change.expected_empty);
  field("dropped", change.dropped);
}

Json ToJson(const Database& database) {
  Json json = Json::object();
  DatabaseFields(Writer{json}, database);
  return json;
}

Database DatabaseOf(const Json& json) {
  Database database;
  DatabaseFields(Reader{json}, database);
  return database;
}

Json ToJson(const Table& table) {
  Json json = {{"database", table.name.database}, {"table", table.name.table}, {"kind", NameOf(table.kind)}};
  TableFields(Writer{json}, table);
  if (table.comment) json["comment"] = *table.comment;
  if (!table.is_view()) return json;
  json["view"] = Json::object();
  ViewFields(Writer{json["view"]}, table.view);
  return json;
}

Table TableOf(const Json& json) {
  Table table;
  const Reader read{json};
  read("database", table.name.database);
  read("table", table.name.table);
  table.kind = KindOf(json.at("kind").get<std::string>());
  TableFields(read, table);
  if (const auto comment = json.find("comment"); comment != json.end()) {
    table.comment = comment->get<std::string>();
  }
  if (const auto view = json.find("view"); view != json.end()) ViewFields(Reader{*view}, table.view);
  return table;
}

Json ToJson(const Manifest& manifest) {
  Json json = Json::object();
  ManifestFields(Writer{json}, manifest);
  return json;
}

Manifest ManifestOf(const Json& json) {
  Manifest manifest;
  ManifestFields(Reader{json}, manifest);
  return manifest;
}

Json ToJson(const Change& change) {
  Json json = Json::object();
  ChangeFields(Writer{json}, change);
  for (const Database& database : change.databases) json["databases"].push_back(ToJson(database));
  for (const Table& table : change.tables) json["tables"].push_back(ToJson(table));
  for (const TableName& name : change.written) json["written"].push_back({name.database, name.table});
  json["manifest"] = ToJson(change.manifest);
  return json;
}

Change ChangeOf(const Json& json) {
  Change change;
  ChangeFields(Reader{json}, change);
  for (const Json& database : json.value("databases", Json::array())) {
    change.databases.push_back(DatabaseOf(database));
  }
  for (const Json& table : json.value("tables", Json::array())) change.tables.push_back(TableOf(table));
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
