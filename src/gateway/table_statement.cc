#include "gateway/table_statement.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "spark/error.h"
#include "spark/types/data_type.h"

namespace hearth::gateway {

namespace {

std::string Literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string NameText(const catalog::TableName& name) {
  return spark::QuoteIdentifier(std::vector<std::string>{name.database, name.table});
}

std::string CommentText(const spark::StructField& field) {
  const auto metadata = nlohmann::json::parse(field.metadata.empty() ? "{}" : field.metadata, nullptr,
                                              /*allow_exceptions=*/false);
  if (!metadata.is_object() || !metadata.contains("comment") || !metadata["comment"].is_string()) return "";
  return absl::StrCat(" COMMENT ", Literal(metadata["comment"].get<std::string>()));
}

std::string PairList(const catalog::Properties& pairs) {
  std::string list;
  for (const auto& [key, value] : pairs)
    absl::StrAppend(&list, list.empty() ? "" : ", ", Literal(key), " = ", Literal(value));
  return list;
}

}  // namespace

std::string DatabaseStatement(const catalog::Database& database, const std::string& place) {
  return absl::StrCat("CREATE DATABASE IF NOT EXISTS ", spark::QuoteIdentifier(database.name), " LOCATION ",
                      Literal(place));
}

std::string TableStatement(const catalog::Table& table) {
  const spark::DataType schema = spark::DataType::FromJson(table.schema);
  std::string columns;
  for (const spark::StructField& field : schema.fields()) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ", spark::QuoteIdentifier(field.name), " ",
                    field.type.sql(), CommentText(field));
  }
  std::string statement =
      absl::StrCat("CREATE TABLE ", NameText(table.name), " (", columns, ") USING ", table.provider);
  if (!table.options.empty()) absl::StrAppend(&statement, " OPTIONS (", PairList(table.options), ")");
  std::string partition;
  for (const std::string& column : table.partition_columns) {
    absl::StrAppend(&partition, partition.empty() ? "" : ", ", spark::QuoteIdentifier(column));
  }
  if (!partition.empty()) absl::StrAppend(&statement, " PARTITIONED BY (", partition, ")");
  absl::StrAppend(&statement, " LOCATION ", Literal(table.location));
  if (!table.properties.empty())
    absl::StrAppend(&statement, " TBLPROPERTIES (", PairList(table.properties), ")");
  return statement;
}

std::vector<std::string> ViewStatements(const catalog::Table& view) {
  std::vector<std::string> statements;
  for (const auto& [key, value] : view.view.settings)
    statements.push_back(absl::StrCat("SET ", key, "=", value));
  statements.push_back(absl::StrCat("USE ", spark::QuoteIdentifier(view.view.database)));
  const spark::DataType schema = spark::DataType::FromJson(view.schema);
  std::string columns;
  for (const spark::StructField& field : schema.fields()) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ", spark::QuoteIdentifier(field.name),
                    CommentText(field));
  }
  statements.push_back(
      absl::StrCat("CREATE OR REPLACE VIEW ", NameText(view.name), " (", columns, ") AS ", view.view.text));
  return statements;
}

std::string DropStatement(const std::string& key) {
  const std::vector<std::string> parts = absl::StrSplit(key, '/');
  if (parts.size() == 2) {
    return absl::StrCat("DROP DATABASE IF EXISTS ", spark::QuoteIdentifier(parts[1]), " CASCADE");
  }
  // DROP TABLE takes views, too.
  return absl::StrCat("DROP TABLE IF EXISTS ", NameText({parts[1], parts[2]}));
}

}  // namespace hearth::gateway
