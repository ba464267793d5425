// The parser against its corpora: *_corpus.inc hold the text and what must come of it. To add a case, write
// the text, run the test and check what it prints against a live Spark before pasting it.
#include "spark/sql/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "spark/error.h"
#include "spark/plan/dump.h"

namespace hearth::spark {
namespace {

constexpr std::string_view kStatements =
#include "spark/sql/statement_corpus.inc"
    ;
constexpr std::string_view kExpressions =
#include "spark/sql/expression_corpus.inc"
    ;
constexpr std::string_view kStatementErrors =
#include "spark/sql/statement_error_corpus.inc"
    ;
constexpr std::string_view kExpressionErrors =
#include "spark/sql/expression_error_corpus.inc"
    ;

struct Case {
  std::string text;
  std::string expected;
};

std::vector<Case> Cases(std::string_view corpus) {
  std::vector<Case> cases;
  constexpr std::string_view kStart = "===\n";
  size_t at = corpus.find(kStart);
  while (at != std::string_view::npos) {
    const size_t text = at + kStart.size();
    const size_t middle = corpus.find("\n---\n", text);
    at = corpus.find("\n===\n", middle);
    const size_t expected = middle + 5;
    const size_t end = at == std::string_view::npos ? corpus.size() : at + 1;
    cases.push_back({std::string(corpus.substr(text, middle - text)),
                     std::string(corpus.substr(expected, end - expected))});
    if (at != std::string_view::npos) ++at;
  }
  return cases;
}

std::string Stripped(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  while (text.starts_with('\n')) text.erase(0, 1);
  return text;
}

template <typename Parse>
std::string OutcomeOf(Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    return error.message();
  }
}

template <typename Parse>
void Check(std::string_view corpus, size_t at_least, Parse parse) {
  const std::vector<Case> cases = Cases(corpus);
  EXPECT_GE(cases.size(), at_least);
  for (const Case& c : cases) {
    EXPECT_EQ(Stripped(OutcomeOf([&] { return parse(c.text); })), Stripped(c.expected)) << c.text;
  }
}

std::string StatementOutcome(const std::string& text) { return Dump(ParseStatement(text)); }
std::string ExpressionOutcome(const std::string& text) {
  return Dump(ParseExpression(text), {.origins = true});
}

TEST(ParserTest, Statements) { Check(kStatements, 60, StatementOutcome); }
TEST(ParserTest, ExpressionsAndTheirOrigins) { Check(kExpressions, 200, ExpressionOutcome); }
TEST(ParserTest, StatementErrors) { Check(kStatementErrors, 30, StatementOutcome); }
TEST(ParserTest, ExpressionErrors) { Check(kExpressionErrors, 80, ExpressionOutcome); }

TEST(ParserTest, OriginsCountCodePointsAndLines) {
  // The comment and the string are four bytes a letter; positions count letters.
  const std::string text = "SELECT '\U0001F600', /* \u00e9 */\n  `\u00fc` + 1\nFROM t";
  const Statement statement = ParseStatement(text);
  const auto* project = std::get<RelationPtr>(statement)->As<Project>();
  ASSERT_NE(project, nullptr);
  const Origin& sum = *project->expressions[1]->origin;
  EXPECT_EQ(sum.start, 22);
  EXPECT_EQ(sum.stop, 28);
  EXPECT_EQ(sum.line, 2);
  EXPECT_EQ(sum.position, 2);
  EXPECT_EQ(*sum.sql_text, text);
}

TEST(ParserTest, OriginsNameTheView) {
  ParserOptions options;
  options.object_type = "VIEW";
  options.object_name = "v";
  const ExpressionPtr expression = ParseExpression("a", options);
  EXPECT_EQ(expression->origin->object_type, "VIEW");
  EXPECT_EQ(expression->origin->object_name, "v");
}

TEST(ParserTest, DoubleQuotedIdentifiers) {
  ParserOptions options;
  EXPECT_EQ(Dump(ParseExpression("\"a\"\"b\"")), "'a\"b'");
  options.double_quoted_identifiers = true;
  EXPECT_EQ(ParseExpression("\"a\"\"b\"", options)->As<UnresolvedAttribute>()->parts[0], "a\"b");
  EXPECT_EQ(Dump(ParseExpression("\"x y\"(1) AS \"z\"", options)), "`x y`(1) AS z");
}

TEST(ParserTest, TimestampsInTheSessionsZone) {
  const auto micros = [](const ParserOptions& options, const char* text) {
    return ParseExpression(text, options)->As<Literal>()->value.As<int64_t>();
  };
  ParserOptions options;
  EXPECT_EQ(micros(options, "TIMESTAMP '1970-01-01 01:00:00'"), 3'600'000'000);
  options.time_zone = "+01:00";
  EXPECT_EQ(micros(options, "TIMESTAMP '1970-01-01 01:00:00'"), 0);
  EXPECT_EQ(micros(options, "TIMESTAMP '1970-01-01 01:00:00Z'"), 3'600'000'000);
  EXPECT_EQ(micros(options, "TIMESTAMP_NTZ '1970-01-01 01:00:00'"), 3'600'000'000);
  options.time_zone = "Europe/Berlin";
  EXPECT_NE(ParseExpression("TIMESTAMP '1970-01-01 01:00:00'", options)->As<UnsupportedExpression>(),
            nullptr);
  options.to_utc = [](const std::string& zone, int64_t local) -> std::optional<int64_t> {
    if (zone != "Europe/Berlin") return std::nullopt;
    return local - 3'600'000'000;
  };
  EXPECT_EQ(micros(options, "TIMESTAMP '1970-01-01 01:00:00'"), 0);
  EXPECT_THROW(ParseExpression("TIMESTAMP '1970-01-01 01:00:00 Mars/Olympus'", options), Error);
}

TEST(ParserTest, Types) {
  EXPECT_EQ(ParseDataType("map<string, array<struct<a: int, `b c`: decimal(10,2) NOT NULL>>>").sql(),
            "MAP<STRING, ARRAY<STRUCT<a: INT, `b c`: DECIMAL(10,2) NOT NULL>>>");
  EXPECT_EQ(ParseDataType("INTERVAL HOUR TO SECOND"),
            DataType::DayTimeInterval(IntervalField::kHour, IntervalField::kSecond));
  EXPECT_EQ(ParseDataType("varchar(3)"), DataType::Varchar(3));
  EXPECT_EQ(ParseDataType("struct<>"), DataType::Struct({}));
  EXPECT_THROW(ParseDataType("a int"), Error);
  EXPECT_THROW(ParseDataType(""), Error);
}

TEST(ParserTest, TableSchemasAndDdl) {
  EXPECT_EQ(ParseTableSchema("a int, b string NOT NULL COMMENT 'it''s \"x\"'").json(),
            R"({"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}},)"
            R"({"name":"b","type":"string","nullable":false,"metadata":{"comment":"it's \"x\""}}]})");
  EXPECT_EQ(ParseDdl("int"), DataType::Integer());
  EXPECT_EQ(ParseDdl("a: int, b: array<int>").simple_string(), "struct<a:int,b:array<int>>");
  EXPECT_EQ(ParseDdl("a int").simple_string(), "struct<a:int>");
  EXPECT_EQ(ParseDdl("struct<a: int>").simple_string(), "struct<a:int>");
  EXPECT_THROW(ParseDdl("a foo"), Error);
}

TEST(ParserTest, Identifiers) {
  EXPECT_EQ(ParseIdentifier("a.`b.c`.`d``e`"), (std::vector<std::string>{"a", "b.c", "d`e"}));
  EXPECT_THROW(ParseIdentifier("a."), Error);
  EXPECT_THROW(ParseIdentifier("a b"), Error);
}

TEST(ParserTest, ViewsKeepTheTextOfTheirQuery) {
  const Statement statement = ParseStatement("CREATE TEMP VIEW v AS  SELECT 1 -- one\n ;");
  EXPECT_EQ(std::get<CreateView>(std::get<Command>(statement)).sql_text, "SELECT 1");
}

TEST(ParserTest, PositionalParametersAreNumbered) {
  const ExpressionPtr expression = ParseExpression("? + f(?, :a)");
  EXPECT_EQ(Dump(expression), "+(?0, f(?1, :a))");
}

TEST(ParserTest, StatementsThatAreNotRunAreNamed) {
  const std::vector<std::pair<const char*, const char*>> kCases = {
      {"CREATE TABLE t (a int) STORED AS parquet", "CREATE TABLE"},
      {"CREATE OR REPLACE TABLE t (a int) USING parquet CLUSTER BY (a)", "CREATE OR REPLACE TABLE"},
      {"INSERT INTO t REPLACE WHERE a > 1 SELECT 1", "INSERT INTO"},
      {"INSERT OVERWRITE t IF NOT EXISTS SELECT 1", "INSERT OVERWRITE"},
      {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT"},
      {"FROM a INSERT INTO t SELECT 1", "INSERT INTO"},
      {"USE IDENTIFIER('db')", "USE"},
      {"SHOW TABLE EXTENDED LIKE 'a'", "SHOW TABLE"},
      {"DESCRIBE FUNCTION upper", "DESCRIBE"},
      {"CACHE TABLE t", "CACHE TABLE"},
      {"DELETE FROM t WHERE a", "DELETE FROM"},
      {"ALTER TABLE t DROP COLUMN a", "ALTER TABLE"},
      {"SET CATALOG c", "SET CATALOG"},
      {"REFRESH TABLE t", "REFRESH"},
  };
  for (const auto& [text, name] : kCases) {
    EXPECT_EQ(OutcomeOf([&, text = text] { return StatementOutcome(text); }),
              std::string("Unsupported ") + name + "\n")
        << text;
  }
}

}  // namespace
}  // namespace hearth::spark
