// Spark SQL text to the logical plan, by Spark 4.2's grammar with keywords that are not reserved
// (spark.sql.ansi.enforceReservedKeywords=false).
//
// Every expression carries an Origin into the text, over exactly the piece that Spark's own parser reports.
// All functions are pure: safe to call from any thread. They throw spark::Error (ParseException's conditions)
// and never crash, however long or deep the text is; nesting beyond kMaxDepth is FAILED_TO_PARSE_TOO_COMPLEX.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spark/plan/command.h"
#include "spark/plan/expression.h"
#include "spark/types/data_type.h"

namespace hearth::spark {

struct ParserOptions {
  // Nested parentheses, calls, subqueries, types and prefix operators. A level takes up to 3 KiB of stack
  // (several times that under the address sanitizer).
  static constexpr int kMaxDepth = 1000;

  // "..." is an identifier, not a string (spark.sql.ansi.doubleQuotedIdentifiers, only with ANSI on).
  bool double_quoted_identifiers = false;

  // The session's time zone, for TIMESTAMP literals. Without `to_utc`, UTC and fixed offsets ("+01:00") are
  // known; a literal in any other zone becomes an UnsupportedExpression.
  std::string time_zone = "UTC";
  // Microseconds of a wall clock in a zone to microseconds since the epoch; nothing when there is no such
  // zone.
  std::function<std::optional<int64_t>(const std::string& zone, int64_t local_micros)> to_utc;

  // When the text is the definition of a view: what the origins name ("VIEW", "spark_catalog.default.v").
  std::string object_type;
  std::string object_name;
};

// One statement, with any number of semicolons behind it.
Statement ParseStatement(std::string_view text, const ParserOptions& options = {});

// A named expression as expr() and selectExpr() take it: "a + 1", "a AS b", "*".
ExpressionPtr ParseExpression(std::string_view text, const ParserOptions& options = {});

// "int", "array<struct<a: decimal(10,2)>>".
DataType ParseDataType(std::string_view text, const ParserOptions& options = {});

// The columns of a DDL text, "a int, b string NOT NULL COMMENT 'x'", as a struct.
DataType ParseTableSchema(std::string_view text, const ParserOptions& options = {});

// What Spark's DataType.fromDDL takes: columns, or else a data type, or else the columns of "struct<text>".
DataType ParseDdl(std::string_view text, const ParserOptions& options = {});

// The parts of a name, quotes removed: "a.`b.c`" is a and b.c.
std::vector<std::string> ParseIdentifier(std::string_view text, const ParserOptions& options = {});

}  // namespace hearth::spark
