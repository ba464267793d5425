#include "spark/sql/parser.h"

#include "spark/error.h"
#include "spark/sql/grammar.h"

namespace hearth::spark {

Statement ParseStatement(std::string_view text, const ParserOptions& options) {
  return Grammar(text, options).SingleStatement();
}

ExpressionPtr ParseExpression(std::string_view text, const ParserOptions& options) {
  return Grammar(text, options).SingleExpression();
}

DataType ParseDataType(std::string_view text, const ParserOptions& options) {
  return Grammar(text, options).SingleDataType();
}

DataType ParseTableSchema(std::string_view text, const ParserOptions& options) {
  return Grammar(text, options).SingleTableSchema();
}

DataType ParseDdl(std::string_view text, const ParserOptions& options) {
  try {
    return ParseTableSchema(text, options);
  } catch (const Error& first) {
    for (const std::string& attempt : {std::string(text), "struct<" + std::string(text) + ">"}) {
      try {
        return ParseDataType(attempt, options);
      } catch (const Error&) {
        // The first error is the one that says most.
      }
    }
    throw;
  }
}

std::vector<std::string> ParseIdentifier(std::string_view text, const ParserOptions& options) {
  return Grammar(text, options).SingleIdentifier();
}

}  // namespace hearth::spark
