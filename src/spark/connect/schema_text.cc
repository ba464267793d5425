#include "spark/connect/schema_text.h"

#include "spark/connect/invalid_plan.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

DataType ParseSchemaText(const std::string& text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  // No DDL begins with either; a JSON type is an object or a quoted name.
  if (start != std::string::npos && (text[start] == '{' || text[start] == '"'))
    return DataType::FromJson(text);
  return ParseDdl(text);
}

}  // namespace

DataType ParseLocalSchema(const std::string& text) {
  DataType type = ParseSchemaText(text);
  if (type.Is(TypeId::kStruct)) return type;
  return DataType::Struct({{"value", type}});
}

DataType ParseReadSchema(const std::string& text) {
  DataType type = ParseSchemaText(text);
  if (!type.Is(TypeId::kStruct)) {
    throw InvalidPlan("INVALID_SCHEMA_NON_STRUCT_TYPE",
                      {{"inputSchema", QuoteDouble(text)}, {"dataType", QuoteDouble(type.sql())}});
  }
  return type;
}

}  // namespace hearth::spark
