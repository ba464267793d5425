#include "catalog/exchange.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog/record.h"

namespace hearth::catalog {

namespace {

using Json = nlohmann::json;

/// Records as they are inside of a message.
template <typename Object>
Json Nested(const Object& object) {
  return Json::parse(Encode(object));
}

template <typename Object>
Json NestedList(const std::vector<std::shared_ptr<const Object>>& objects) {
  Json list = Json::array();
  for (const auto& object : objects) list.push_back(Nested(*object));
  return list;
}

Json TableJson(const Catalog::FoundTable& found) {
  Json json = {{"is_moving", found.is_moving}};
  if (found.table != nullptr) json["table"] = Nested(*found.table);
  return json;
}

/// A call that only looks.
absl::StatusOr<Json> Look(KeptCatalog& catalog, std::string_view method, const Json& request) {
  const auto text = [&request](const char* key) { return request.at(key).get<std::string>(); };
  const auto answer = [](auto result, const auto& json) -> absl::StatusOr<Json> {
    if (!result.ok()) return result.status();
    return json(*result);
  };
  if (method == "FindTable") return answer(catalog.FindTable({text("database"), text("table")}), TableJson);
  if (method == "FindDatabase") {
    return answer(catalog.FindDatabase(text("name")), [](const auto& database) {
      return database == nullptr ? Json::object() : Json{{"database", Nested(*database)}};
    });
  }
  if (method == "ListDatabases") {
    return answer(catalog.ListDatabases(),
                  [](const auto& databases) { return Json{{"databases", NestedList(databases)}}; });
  }
  if (method == "ListTables") {
    return answer(catalog.ListTables(text("database")),
                  [](const auto& tables) { return Json{{"tables", NestedList(tables)}}; });
  }
  if (method == "WasMade") {
    return answer(catalog.WasMade(text("operation")), [](bool made) { return Json{{"made", made}}; });
  }
  return absl::UnimplementedError(absl::StrCat("the catalog has no call ", std::string(method)));
}

absl::StatusOr<Json> Parsed(absl::StatusOr<std::string> answer) {
  if (!answer.ok()) return answer.status();
  Json json = Json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InternalError("the catalog's answer cannot be read");
  return json;
}

absl::StatusOr<std::shared_ptr<const Database>> DatabaseIn(const Json& json) {
  absl::StatusOr<Database> database = DecodeDatabase(json.dump());
  if (!database.ok()) return database.status();
  return std::make_shared<const Database>(*std::move(database));
}

absl::StatusOr<std::shared_ptr<const Table>> TableIn(const Json& json) {
  absl::StatusOr<Table> table = DecodeTable(json.dump());
  if (!table.ok()) return table.status();
  return std::make_shared<const Table>(*std::move(table));
}

template <typename Object, typename Read>
absl::StatusOr<std::vector<std::shared_ptr<const Object>>> ListIn(const Json& json, const char* key,
                                                                  Read read) {
  std::vector<std::shared_ptr<const Object>> objects;
  for (const Json& one : json.value(key, Json::array())) {
    auto object = read(one);
    if (!object.ok()) return object.status();
    objects.push_back(*std::move(object));
  }
  return objects;
}

}  // namespace

void Answer(KeptCatalog& catalog, std::string_view method, std::string_view request,
            const Answered& answered) {
  const auto done = [answered](const absl::Status& status) {
    answered(status.ok() ? absl::StatusOr<std::string>("{}") : status);
  };
  if (method == "Commit") {
    absl::StatusOr<Change> change = DecodeChange(request);
    if (!change.ok()) return answered(change.status());
    return catalog.Submit(*std::move(change), done);
  }
  try {
    if (method == "Announce") {
      const Json json = Json::parse(request);
      return catalog.SubmitAnnouncement(json.at("operation"), json.at("folder"), done);
    }
    absl::StatusOr<Json> answer = Look(catalog, method, Json::parse(request));
    answered(answer.ok() ? absl::StatusOr<std::string>(answer->dump()) : answer.status());
  } catch (const Json::exception& error) {
    answered(absl::InvalidArgumentError(error.what()));
  }
}

RemoteCatalog::RemoteCatalog(Carry carry, std::string warehouse)
    : carry_(std::move(carry)), warehouse_(std::move(warehouse)) {}

absl::StatusOr<std::shared_ptr<const Database>> RemoteCatalog::FindDatabase(const std::string& name) {
  const absl::StatusOr<Json> answer = Parsed(carry_("FindDatabase", Json{{"name", name}}.dump()));
  if (!answer.ok()) return answer.status();
  if (!answer->contains("database")) return nullptr;
  return DatabaseIn(answer->at("database"));
}

absl::StatusOr<std::vector<std::shared_ptr<const Database>>> RemoteCatalog::ListDatabases() {
  const absl::StatusOr<Json> answer = Parsed(carry_("ListDatabases", "{}"));
  if (!answer.ok()) return answer.status();
  return ListIn<Database>(*answer, "databases", DatabaseIn);
}

absl::StatusOr<Catalog::FoundTable> RemoteCatalog::FindTable(const TableName& name) {
  const absl::StatusOr<Json> answer =
      Parsed(carry_("FindTable", Json{{"database", name.database}, {"table", name.table}}.dump()));
  if (!answer.ok()) return answer.status();
  FoundTable found{nullptr, answer->value("is_moving", false)};
  if (!answer->contains("table")) return found;
  absl::StatusOr<std::shared_ptr<const Table>> table = TableIn(answer->at("table"));
  if (!table.ok()) return table.status();
  found.table = *std::move(table);
  return found;
}

absl::StatusOr<std::vector<std::shared_ptr<const Table>>> RemoteCatalog::ListTables(
    const std::string& database) {
  const absl::StatusOr<Json> answer = Parsed(carry_("ListTables", Json{{"database", database}}.dump()));
  if (!answer.ok()) return answer.status();
  return ListIn<Table>(*answer, "tables", TableIn);
}

absl::StatusOr<bool> RemoteCatalog::WasMade(const std::string& operation) {
  const absl::StatusOr<Json> answer = Parsed(carry_("WasMade", Json{{"operation", operation}}.dump()));
  if (!answer.ok()) return answer.status();
  return answer->value("made", false);
}

absl::Status RemoteCatalog::Announce(const std::string& operation, const std::string& folder) {
  return carry_("Announce", Json{{"operation", operation}, {"folder", folder}}.dump()).status();
}

absl::Status RemoteCatalog::Commit(const Change& change) {
  if (absl::Status status = CheckText(change); !status.ok()) return status;
  absl::Status status = carry_("Commit", Encode(change)).status();
  // The answer may be what was lost.
  if (absl::IsUnavailable(status) || absl::IsCancelled(status)) return absl::UnknownError(status.message());
  return status;
}

}  // namespace hearth::catalog
