#include "spark/analysis/sql_text.h"

#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

ParserOptions OptionsOf(const Environment& environment) {
  ParserOptions options;
  options.time_zone = environment.Configuration("spark.sql.session.timeZone");
  options.double_quoted_identifiers =
      environment.Configuration("spark.sql.ansi.doubleQuotedIdentifiers") == "true";
  options.to_utc = [&environment](const std::string& zone, int64_t local_micros) {
    return environment.ToUtc(zone, local_micros);
  };
  return options;
}

}  // namespace

ExpressionPtr ParseExpressionText(const std::string& text, const Environment& environment) {
  return ParseExpression(text, OptionsOf(environment));
}

RelationPtr ParseQueryText(const std::string& text, const Environment& environment) {
  const Statement statement = ParseStatement(text, OptionsOf(environment));
  const auto* query = std::get_if<RelationPtr>(&statement);
  if (query == nullptr) throw Error::Decline("a command inside a query's plan");
  return *query;
}

DataType ParseSchemaText(const std::string& text, const Environment& environment) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '"'))
    return DataType::FromJson(text);
  return ParseDdl(text, OptionsOf(environment));
}

}  // namespace hearth::spark
