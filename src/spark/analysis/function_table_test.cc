#include "spark/analysis/function_table.h"

#include <gtest/gtest.h>

#include <set>

#include "spark/analysis/analysis_test_environment.h"
#include "spark/analysis/pretty_name.h"

namespace hearth::spark {
namespace {

// The only column of SELECT <expression> FROM t, as "name type" with NOT NULL, or the condition of its error.
std::string Resolve(const std::string& expression) {
  TestEnvironment environment;
  environment.AddTable("t",
                       "i INT, l BIGINT, y TINYINT, f FLOAT, x DOUBLE, d DECIMAL(15,2), s STRING, b BOOLEAN, "
                       "dt DATE, ts TIMESTAMP, n TIMESTAMP_NTZ");
  environment.AddView("t", "SELECT * FROM parquet.`t`");
  try {
    const TypedPlanPtr plan =
        Analyze(TestEnvironment::Parse("SELECT " + expression + " FROM t"), environment);
    const Column& column = plan->output.at(0);
    return column.name + " " + column.type.simple_string() + (column.nullable ? "" : " NOT NULL");
  } catch (const Error& error) {
    return error.decline().empty() ? error.condition() : "declined: " + error.decline();
  }
}

TEST(FunctionTable, NamesAreUniqueAndSparks) {
  std::set<std::string_view> names;
  for (const FunctionEntry& entry : FunctionTable()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_TRUE(entry.rule) << entry.name;
    // What users can call is one of Spark's functions, or an operator's name in the plan.
    for (const FunctionAlias& alias : entry.aliases)
      EXPECT_TRUE(names.insert(alias.name).second) << alias.name;
  }
  EXPECT_GT(names.size(), 200U);
}

TEST(FunctionTable, FindsByAnyNameInAnyCase) {
  EXPECT_EQ(FindFunction("SUBSTR")->name, "substring");
  EXPECT_EQ(FindFunction("<>")->name, "!=");
  EXPECT_EQ(FindFunction("no_such_function"), nullptr);
  EXPECT_TRUE(IsSparkFunction("Explode"));
  EXPECT_FALSE(IsSparkFunction("frobnicate"));
}

struct Case {
  const char* expression;
  const char* expected;
};

void Expect(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(Resolve(c.expression), c.expected) << c.expression;
}

TEST(FunctionTable, Arithmetic) {
  Expect({
      {"i + 1", "(i + 1) int"},
      {"i + l", "(i + l) bigint"},
      {"i + '1'", "(i + 1) bigint"},
      {"1 - d", "(1 - d) decimal(16,2)"},
      {"d * (1 - d)", "(d * (1 - d)) decimal(32,4)"},
      {"d + i", "(d + i) decimal(16,2)"},
      {"d + l", "(d + l) decimal(23,2)"},
      {"d + f", "(d + f) double"},
      {"i / 2", "(i / 2) double"},
      {"d / 7.0", "(d / 7.0) decimal(20,6)"},
      {"i div 2", "(i div 2) bigint"},
      {"mod(i, 3)", "mod(i, 3) int"},
      {"-d", "(- d) decimal(15,2)"},
      {"b + 1", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES"},
      {"b + 'x'", "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE"},
      {"-b", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
  });
}

TEST(FunctionTable, DatesAndIntervals) {
  Expect({
      {"dt + INTERVAL 1 YEAR", "dt + INTERVAL '1' YEAR date"},
      {"dt - INTERVAL '90' DAY", "date_add(dt, (- extractansiintervaldays(INTERVAL '90' DAY))) date"},
      {"dt + INTERVAL 1 HOUR", "dt + INTERVAL '01' HOUR timestamp"},
      {"dt - dt", "(dt - dt) interval day"},
      {"ts - ts", "(ts - ts) interval day to second"},
      {"dt + 3", "date_add(dt, 3) date"},
      {"dt + 3L", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
      {"year(ts)", "year(ts) int"},
      {"year(1)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
      {"extract(SECOND FROM ts)", "extract(SECOND FROM ts) decimal(8,6)"},
  });
}

TEST(FunctionTable, ComparisonsAndLogic) {
  Expect({
      {"i = '1'", "(i = 1) boolean"},
      {"i <=> NULL", "(i <=> NULL) boolean NOT NULL"},
      {"i > 1.5", "(i > 1) boolean"},
      {"i >= 1.5", "(i >= 2) boolean"},
      {"i < -1.5", "(i < -1) boolean"},
      {"dt = '2020-01-01'", "(dt = 2020-01-01) boolean"},
      {"i <> 1", "(NOT (i = 1)) boolean"},
      {"d BETWEEN 1 AND 2.5", "between(d, 1, 2.5) boolean"},
      {"i IN (1, 2L)", "(i IN (1, 2)) boolean"},
      {"i IN (dt)", "DATATYPE_MISMATCH.DATA_DIFF_TYPES"},
      {"i = dt", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES"},
      {"NOT i", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
      {"b AND i", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES"},
  });
}

TEST(FunctionTable, ConditionsMergeTypes) {
  Expect({
      {"CASE WHEN b THEN 1 ELSE 2.5 END", "CASE WHEN b THEN 1 ELSE 2.5 END decimal(11,1) NOT NULL"},
      {"coalesce(i, 'a')", "coalesce(i, a) bigint"},
      {"coalesce(i, 0)", "coalesce(i, 0) int NOT NULL"},
      {"coalesce(i, dt)", "DATATYPE_MISMATCH.DATA_DIFF_TYPES"},
      {"nullif(1, i)", "nullif(1, i) int"},
      {"ifnull(i, 2)", "ifnull(i, 2) int NOT NULL"},
      {"greatest(s, i)", "DATATYPE_MISMATCH.DATA_DIFF_TYPES"},
      {"if(i, 1, 2)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
  });
}

TEST(FunctionTable, AggregatesHaveSparksTypes) {
  Expect({
      {"sum(i)", "sum(i) bigint"},
      {"sum(y)", "sum(y) bigint"},
      {"sum(f)", "sum(f) double"},
      {"sum(d)", "sum(d) decimal(25,2)"},
      {"sum(s)", "sum(s) double"},
      {"avg(i)", "avg(i) double"},
      {"avg(d)", "avg(d) decimal(19,6)"},
      {"count(*)", "count(1) bigint NOT NULL"},
      {"count(i, s)", "count(i, s) bigint NOT NULL"},
      {"max(s)", "max(s) string"},
      {"mean(i)", "mean(i) double"},
      {"sum(b)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
  });
}

TEST(FunctionTable, RoundingOfDecimals) {
  Expect({
      {"round(d, 1)", "round(d, 1) decimal(15,1)"},
      {"round(d, -1)", "round(d, -1) decimal(14,0)"},
      {"round(x)", "round(x, 0) double"},
      {"ceil(d)", "CEIL(d) decimal(14,0)"},
      {"floor(x)", "FLOOR(x) bigint"},
      {"abs(d)", "abs(d) decimal(15,2)"},
  });
}

TEST(FunctionTable, WrongCallsAndMissingFunctions) {
  Expect({
      {"substring(s)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"},
      {"frobnicate(i)", "UNRESOLVED_ROUTINE"},
      {"levenshtein(s, s)", "declined: the function levenshtein"},
      {"upper(DISTINCT s)", "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX"},
      {"dateaddyminterval(dt, i)", "UNRESOLVED_ROUTINE"},
      {"CAST(i AS DATE)", "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION"},
      {"CAST(dt AS BOOLEAN)", "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"},
      {"CAST(array(1) AS INT)", "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION"},
  });
}

TEST(FunctionTable, ErrorsCarrySparksParameters) {
  TestEnvironment environment;
  try {
    Analyze(TestEnvironment::Parse("SELECT substring('abc', array(1), 2)"), environment);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.condition(), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
    EXPECT_EQ(error.parameters().at("paramIndex"), "second");
    EXPECT_EQ(error.parameters().at("requiredType"), "\"INT\"");
    EXPECT_EQ(error.parameters().at("inputSql"), "\"array(1)\"");
    EXPECT_EQ(error.parameters().at("inputType"), "\"ARRAY<INT>\"");
    EXPECT_EQ(error.parameters().at("sqlExpr"), "\"substring(abc, array(1), 2)\"");
  }
}

}  // namespace
}  // namespace hearth::spark
