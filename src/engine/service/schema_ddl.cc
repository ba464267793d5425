#include "engine/service/schema_ddl.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

std::string Comment(const spark::StructField& field) {
  if (field.metadata.empty()) return "";
  const auto metadata = nlohmann::json::parse(field.metadata, nullptr, /*allow_exceptions=*/false);
  if (!metadata.is_object() || !metadata.contains("comment") || !metadata["comment"].is_string()) return "";
  std::string escaped;
  for (const char c : metadata["comment"].get<std::string>()) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return " COMMENT '" + escaped + "'";
}

}  // namespace

std::string QuoteIfNeeded(const std::string& name) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_word) &&
                     !std::all_of(name.begin(), name.end(), is_digit);
  return plain ? name : spark::QuoteIdentifier(name);
}

std::string SchemaDdl(const spark::DataType& schema) {
  HEARTH_CHECK(schema.Is(spark::TypeId::kStruct)) << schema.sql();
  std::string ddl;
  for (const auto& field : schema.fields()) {
    ddl += (ddl.empty() ? "" : ",") + QuoteIfNeeded(field.name) + " " + field.type.sql() +
           (field.nullable ? "" : " NOT NULL") + Comment(field);
  }
  return ddl;
}

}  // namespace hearth::engine
