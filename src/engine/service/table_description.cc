#include "engine/service/table_description.h"

#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "engine/service/schema_ddl.h"
#include "wire/connect_server.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::Error;
using spark::ExceptionKind;
using spark::StructField;

StructField Described(const std::string& name, const std::string& of, bool nullable) {
  return {name, DataType::String(), nullable, R"({"comment":")" + of + R"( of the column"})"};
}

// Java's Date.toString, in the machine's zone.
std::string DateText(int64_t ms) {
  const time_t seconds = ms / 1000;
  tm local{};
  ::localtime_r(&seconds, &local);
  char text[64];
  const size_t size = ::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Z %Y", &local);
  return std::string(text, size);
}

// Spark shows no values of such keys (spark.sql.redaction.options.regex, spark.redaction.regex).
void DeclineSecrets(const catalog::Table& table) {
  for (const catalog::Properties* properties : {&table.options, &table.properties}) {
    for (const auto& [key, value] : *properties) {
      const std::string name = absl::AsciiStrToLower(key);
      for (const char* secret : {"secret", "password", "token", "access.key", "accesskey", "url"}) {
        if (name.find(secret) != std::string::npos)
          throw Error::Decline("a table that keeps a secret in " + key);
      }
    }
  }
}

std::string MapText(const catalog::Properties& map) {
  std::string out;
  for (const auto& [key, value] : map) out += (out.empty() ? "" : ", ") + key + "=" + value;
  return "[" + out + "]";
}

std::string TypeText(const catalog::Table& table) {
  switch (table.kind) {
    case catalog::TableKind::kManaged: return "MANAGED";
    case catalog::TableKind::kExternal: return "EXTERNAL";
    case catalog::TableKind::kView: break;
  }
  return "VIEW";
}

// 'text', as Spark writes it into statements.
std::string Literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string PropertyLines(const std::string& head, const catalog::Properties& properties) {
  if (properties.empty()) return "";
  std::string lines;
  for (const auto& [key, value] : properties) {
    lines += (lines.empty() ? "" : ",\n") + ("  " + Literal(key) + " = " + Literal(value));
  }
  return head + " (\n" + lines + ")\n";
}

std::string CreationOfTable(const catalog::Table& table) {
  std::string columns;
  const DataType schema = SchemaOf(table);
  for (const StructField& field : schema.fields()) {
    if (field.type.IsNested())
      throw Error::Decline("SHOW CREATE TABLE with columns of type " + field.type.sql());
    const bool is_text = field.type.Is(spark::TypeId::kString);
    const auto comment = CommentOf(field);
    columns += (columns.empty() ? "" : ",\n") + ("  " + QuoteIfNeeded(field.name) + " " + field.type.sql()) +
               (is_text ? " COLLATE UTF8_BINARY" : "") + (comment ? " COMMENT " + Literal(*comment) : "");
  }
  std::string partition;
  for (const std::string& column : table.partition_columns)
    partition += (partition.empty() ? "" : ", ") + QuoteIfNeeded(column);
  return "CREATE TABLE " + std::string(kSessionCatalog) + "." + table.name.database + "." + table.name.table +
         " (\n" + columns + ")\nUSING " + table.provider + "\n" + PropertyLines("OPTIONS", table.options) +
         (partition.empty() ? "" : "PARTITIONED BY (" + partition + ")\n") +
         (table.comment ? "COMMENT " + Literal(*table.comment) + "\n" : "") +
         (table.kind == catalog::TableKind::kExternal
              ? "LOCATION " + Literal(LocationText(table.location)) + "\n"
              : "") +
         PropertyLines("TBLPROPERTIES", table.properties);
}

std::string CreationOfView(const catalog::Table& view) {
  std::string columns;
  const DataType schema = SchemaOf(view);
  for (const StructField& field : schema.fields()) {
    if (CommentOf(field)) throw Error::Decline("SHOW CREATE TABLE of a view with comments");
    columns += (columns.empty() ? "" : ",\n") + ("  " + QuoteIfNeeded(field.name));
  }
  if (view.comment || !view.properties.empty())
    throw Error::Decline("SHOW CREATE TABLE of a view with a comment or properties");
  return "CREATE VIEW " + view.name.database + "." + view.name.table + " (\n" + columns +
         ")\nWITH SCHEMA COMPENSATION\nAS " + view.view.text + "\n";
}

TextResult Creation(const catalog::Table& table) {
  DeclineSecrets(table);
  return {DataType::Struct({{"createtab_stmt", DataType::String(), false, ""}}),
          {{table.is_view() ? CreationOfView(table) : CreationOfTable(table)}}};
}

TextResult PropertiesOf(const catalog::Table& table, const std::optional<std::string>& key) {
  TextResult result{
      DataType::Struct({{"key", DataType::String(), false, ""}, {"value", DataType::String(), false, ""}}),
      {}};
  DeclineSecrets(table);
  catalog::Properties properties = table.properties;
  for (const auto& [name, value] : table.options) properties["option." + name] = value;
  if (!key) {
    for (const auto& [name, value] : properties) result.rows.push_back({name, value});
    return result;
  }
  const auto found = properties.find(*key);
  result.rows.push_back({*key, found != properties.end()
                                   ? found->second
                                   : "Table " + std::string(kSessionCatalog) + "." + table.name.database +
                                         "." + table.name.table + " does not have property: " + *key});
  return result;
}

std::string ViewColumns(const catalog::Table& view) {
  std::string out;
  for (const std::string& column : view.view.query_columns) {
    out += (out.empty() ? "" : ", ") + spark::QuoteIdentifier(column);
  }
  return "[" + out + "]";
}

}  // namespace

std::optional<std::string> CommentOf(const StructField& field) {
  const auto metadata = nlohmann::json::parse(field.metadata.empty() ? "{}" : field.metadata, nullptr, false);
  const auto found = metadata.is_object() ? metadata.find("comment") : metadata.end();
  if (!metadata.is_object() || found == metadata.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

TextResult DescribedColumns() {
  return {DataType::Struct({Described("col_name", "name", false), Described("data_type", "data type", false),
                            Described("comment", "comment", true)}),
          {}};
}

void AddColumns(const std::vector<StructField>& columns, TextResult* result) {
  for (const StructField& column : columns) {
    const auto comment = CommentOf(column);
    result->rows.push_back({column.name, column.type.simple_string(),
                            comment ? TextCell(*comment) : TextCell(std::monostate())});
  }
}

TextResult DescribeTable(const catalog::Table& table, bool is_extended) {
  TextResult result = DescribedColumns();
  const std::vector<StructField> columns = SchemaOf(table).fields();
  const auto add = [&result](const std::string& name, const std::string& value) {
    result.rows.push_back({name, value, std::string()});
  };
  AddColumns(columns, &result);
  if (!table.partition_columns.empty()) {
    add("# Partition Information", "");
    result.rows.push_back({std::string("# col_name"), std::string("data_type"), std::string("comment")});
    AddColumns({columns.end() - static_cast<std::ptrdiff_t>(table.partition_columns.size()), columns.end()},
               &result);
  }
  if (!is_extended) return result;
  DeclineSecrets(table);
  add("", "");
  add("# Detailed Table Information", "");
  add("Catalog", kSessionCatalog);
  add("Database", table.name.database);
  add("Table", table.name.table);
  add("Created Time", DateText(table.created_at_ms));
  add("Last Access", "UNKNOWN");
  add("Created By", std::string("Spark ") + wire::kSparkVersion);
  add("Type", TypeText(table));
  if (!table.is_view()) add("Provider", table.provider);
  if (table.comment) add("Comment", *table.comment);
  if (table.is_view()) {
    add("View Text", table.view.text);
    add("View Original Text", table.view.text);
    add("View Schema Mode", "COMPENSATION");
    add("View Catalog and Namespace", std::string(kSessionCatalog) + "." + table.view.database);
    add("View Query Output Columns", ViewColumns(table));
  }
  if (!table.properties.empty()) add("Table Properties", MapText(table.properties));
  if (table.is_view()) return result;
  add("Location", LocationText(table.location));
  if (!table.options.empty()) add("Storage Properties", MapText(table.options));
  if (!table.partition_columns.empty()) add("Partition Provider", "Catalog");
  return result;
}

TextResult ShowTable(const spark::ShowTable& show, const CommandContext& context) {
  using What = spark::ShowTable::What;
  const TableCatalog catalog(context);
  const bool is_temporary =
      show.name.size() == 1 && context.session.state<EngineSession>().views.Find(show.name[0]) != nullptr;
  if (is_temporary) throw Error::Decline("this of a temporary view");
  if (show.what == What::kPartitions) throw Error::Decline("SHOW PARTITIONS");
  const TablePtr table = catalog.RequireTable(show.name, show.origin);
  return show.what == What::kCreation ? Creation(*table) : PropertiesOf(*table, show.key);
}

}  // namespace hearth::engine
