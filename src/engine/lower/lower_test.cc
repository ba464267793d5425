#include "engine/lower/lower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>

#include "engine/functions/catalog.h"
#include "engine/functions/variants.h"
#include "engine/lower/aggregate_mapping.h"
#include "engine/lower/function_mapping.h"
#include "spark/analysis/analysis_test_environment.h"
#include "spark/analysis/function_table.h"

namespace hearth::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LowerTest : public ::testing::Test {
 protected:
  LowerTest() {
    environment_.AddTable(
        "t.parquet",
        "i INT, l BIGINT, x DOUBLE, d DECIMAL(15,2), s STRING, b BOOLEAN, dt DATE, ts TIMESTAMP");
    environment_.AddTable("u.parquet", "k INT, v STRING");
    environment_.AddView("t", "SELECT * FROM parquet.`t.parquet`");
    environment_.AddView("u", "SELECT * FROM parquet.`u.parquet`");
  }

  LoweredQuery Query(const std::string& sql, Checking checking = Checking::kFast) {
    return Lower(*spark::Analyze(spark::TestEnvironment::Parse(sql), environment_), checking, "UTC");
  }
  std::string Sql(const std::string& sql, Checking checking = Checking::kFast) {
    return Query(sql, checking).sql;
  }
  std::string Declined(const std::string& sql) {
    try {
      return "printed: " + Sql(sql);
    } catch (const spark::Error& error) {
      return error.decline();
    }
  }

  spark::TestEnvironment environment_;
};

constexpr char kT[] = "read_parquet(['t.parquet'], hive_partitioning = false) AS t1";

TEST_F(LowerTest, OneSelectHoldsScanFilterAggregateAndOrder) {
  EXPECT_EQ(Sql("SELECT s, count(*) AS n FROM t WHERE dt <= DATE '1998-12-01' - INTERVAL '90' DAY GROUP BY s "
                "HAVING count(*) > 1 ORDER BY s DESC LIMIT 3"),
            std::string("SELECT t1.\"s\" AS c0, count(*) AS c1 FROM ") + kT +
                " WHERE (t1.\"dt\" <= hearth_date_add(DATE '1998-12-01', (- CAST((CAST('7776000000000' AS "
                "BIGINT) // "
                "CAST('86400000000' AS BIGINT)) AS INTEGER)))) GROUP BY t1.\"s\" HAVING (count(*) > CAST(1 "
                "AS BIGINT)) "
                "ORDER BY t1.\"s\" DESC NULLS LAST LIMIT 3");
}

TEST_F(LowerTest, JoinsStayFlat) {
  const std::string sql =
      Sql("SELECT a.i, b.v FROM t a, u b, u c WHERE a.i = b.k AND b.k = c.k AND a.s LIKE 'x%'");
  EXPECT_THAT(sql, Not(HasSubstr("(SELECT")));
  EXPECT_THAT(sql, HasSubstr(" AS t1 CROSS JOIN "));
  EXPECT_THAT(sql, HasSubstr("(t1.\"s\" LIKE 'x%')"));
}

TEST_F(LowerTest, OuterJoinKeepsFiltersOfTheOtherSideInside) {
  const std::string sql = Sql("SELECT i, v FROM t LEFT JOIN (SELECT * FROM u WHERE v = 'a') w ON i = w.k");
  EXPECT_THAT(sql, HasSubstr("LEFT JOIN (SELECT t2.\"k\" AS "));
  EXPECT_THAT(sql, HasSubstr("WHERE (t2.\"v\" = 'a')) AS t3 ON "));
}

TEST_F(LowerTest, CorrelatedSubqueriesNameTheOuterTable) {
  EXPECT_THAT(
      Sql("SELECT i FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.i)"),
      HasSubstr(
          "WHERE EXISTS (SELECT 1 AS one FROM read_parquet(['u.parquet'], hive_partitioning = false) AS t2 "
          "WHERE (t2.\"k\" = t1.\"i\"))"));
}

TEST_F(LowerTest, InSubqueryIsTwoValuedOutsideOfFilters) {
  EXPECT_THAT(Sql("SELECT i FROM t WHERE i IN (SELECT k FROM u)"), HasSubstr("WHERE (t1.\"i\" IN (SELECT "));
  EXPECT_THAT(Sql("SELECT i FROM t WHERE i NOT IN (SELECT k FROM u)"),
              HasSubstr("WHERE (t1.\"i\" NOT IN (SELECT "));
  EXPECT_THAT(Sql("SELECT i IN (SELECT k FROM u) FROM t"), HasSubstr("coalesce((t1.\"i\" IN (SELECT "));
}

TEST_F(LowerTest, DecimalsAreCastAtTheBoundaryOnly) {
  const std::string sql = Sql("SELECT d * (1 - d) FROM t");
  EXPECT_THAT(
      sql,
      HasSubstr("SELECT CAST((t1.\"d\" * (CAST(1 AS DECIMAL(1,0)) - t1.\"d\")) AS DECIMAL(32,4)) AS c0"));
}

TEST_F(LowerTest, SumsKeepSparksTypes) {
  EXPECT_THAT(Sql("SELECT sum(i) FROM t"), HasSubstr("CAST(sum(t1.\"i\") AS BIGINT) AS c0"));
  EXPECT_THAT(Sql("SELECT sum(i) FROM t", Checking::kExact),
              HasSubstr("hearth_sum_to_long(sum(t1.\"i\"), 0) AS c0"));
  EXPECT_THAT(Sql("SELECT sum(d) FROM t"), HasSubstr("CAST(sum(t1.\"d\") AS DECIMAL(25,2)) AS c0"));
  EXPECT_THAT(
      Sql("SELECT avg(d) FROM t"),
      HasSubstr(
          "hearth_try_decimal_average_25_2_19_6(CAST(sum(t1.\"d\") AS DECIMAL(25,2)), count(t1.\"d\"))"));
  EXPECT_THAT(Sql("SELECT avg(i) FROM t"),
              HasSubstr("(sum(CAST(t1.\"i\" AS DOUBLE)) / count(CAST(t1.\"i\" AS DOUBLE)))"));
}

TEST_F(LowerTest, ExactCheckingLeavesNoRaisingOperatorToDuckDb) {
  EXPECT_THAT(Sql("SELECT i + 1 FROM t"), HasSubstr("(t1.\"i\" + 1)"));
  const LoweredQuery exact = Query("SELECT i + 1, -i, CAST(l AS INT) FROM t", Checking::kExact);
  EXPECT_THAT(exact.sql, HasSubstr("hearth_add(t1.\"i\", 1, 0)"));
  EXPECT_THAT(exact.sql, HasSubstr("hearth_negate(t1.\"i\", 1)"));
  EXPECT_THAT(exact.sql, HasSubstr("hearth_to_int(t1.\"l\", 2)"));
  ASSERT_EQ(exact.error_sites.size(), 3U);
  EXPECT_EQ(exact.error_sites[0].origin->start, 7);
  EXPECT_EQ(exact.error_sites[0].origin->stop, 11);
}

TEST_F(LowerTest, RaisingConjunctsRunOnlyWhereTheOthersHold) {
  EXPECT_THAT(Sql("SELECT i FROM t WHERE l <> 0 AND i / l > 1"),
              HasSubstr(" WHERE (t1.\"l\" <> CAST(0 AS BIGINT)) AND (CASE WHEN ((t1.\"l\" <> CAST(0 AS "
                        "BIGINT))) IS NOT TRUE THEN FALSE ELSE (hearth_divide("));
}

TEST_F(LowerTest, JoinsUseTheConjunctsThatCannotRaise) {
  const std::string guarded =
      "(t1.\"i\" = t2.\"k\") AND (CASE WHEN ((t1.\"i\" = t2.\"k\")) IS NOT TRUE THEN FALSE ELSE "
      "(hearth_divide(";
  for (const char* condition : {"i = k AND i / k > 1", "i / k > 1 AND i = k"}) {
    EXPECT_THAT(Sql(std::string("SELECT i FROM t, u WHERE ") + condition), HasSubstr(" WHERE " + guarded));
    EXPECT_THAT(Sql(std::string("SELECT i FROM t JOIN u ON ") + condition), HasSubstr(" ON " + guarded));
    EXPECT_THAT(Sql(std::string("SELECT i FROM t LEFT JOIN u ON ") + condition), HasSubstr(" ON " + guarded));
  }
}

TEST_F(LowerTest, RaisingConjunctsOverOneSideAreAskedBelowTheJoin) {
  const std::string sql = Sql("SELECT i FROM t, u WHERE i = k AND i < 9 AND 1 / i > 0");
  EXPECT_THAT(
      sql, HasSubstr(" WHERE ((t1.\"i\" < 9) AND (CASE WHEN ((t1.\"i\" < 9)) IS NOT TRUE THEN FALSE ELSE "));
  EXPECT_THAT(sql, HasSubstr(" END)) AND (t1.\"i\" = t2.\"k\")"));
  // The NULLs of an outer join are not there below it.
  EXPECT_THAT(Sql("SELECT i FROM t LEFT JOIN u ON i = k WHERE i < 9 AND 1 / k > 0"),
              HasSubstr(" WHERE (t1.\"i\" < 9) AND (CASE WHEN ((t1.\"i\" < 9)) IS NOT TRUE"));
}

TEST_F(LowerTest, RowsOfTheQueryAreAskedInTheOrderWritten) {
  EXPECT_THAT(Sql("SELECT k FROM VALUES (1) v(k) WHERE 1 / k > 1 AND k > 5"),
              HasSubstr(" IS FALSE THEN FALSE WHEN (t1.c1 > 5) IS FALSE THEN FALSE ELSE (hearth_divide("));
  // A scan may skip what the second condition rejects.
  EXPECT_THAT(Sql("SELECT i FROM t WHERE i / l > 1 AND i > 5"),
              HasSubstr(" WHERE (t1.\"i\" > 5) AND (CASE "));
}

TEST_F(LowerTest, ConditionsThatMayFailArePrintedTwiceAtMost) {
  std::string conditions = "i / l > 0";
  for (int i = 1; i < 50; ++i) conditions += " AND i / l > " + std::to_string(i);
  EXPECT_LT(Sql("SELECT i FROM t WHERE " + conditions).size(), 20'000U);
}

TEST_F(LowerTest, SubqueriesBesideConditionsThatMayFailDoNotDoubleForever) {
  std::string query = "SELECT i FROM t WHERE i / l > 0";
  for (int i = 0; i < 30; ++i) query = "SELECT i FROM t WHERE i IN (" + query + ") AND i / l > 0";
  EXPECT_LT(Sql(query).size(), 100'000U);
}

TEST_F(LowerTest, DeepExpressionsAreComputedInSteps) {
  std::string sum = "x";
  for (int i = 0; i < 200; ++i) sum += " + x";
  const std::string sql = Sql("SELECT " + sum + " FROM t");
  EXPECT_THAT(sql, HasSubstr("FROM (SELECT "));
  EXPECT_THAT(Sql("SELECT x + x + x FROM t"), Not(HasSubstr("FROM (SELECT ")));
}

TEST_F(LowerTest, ChainsOfUnionAreFlat) {
  const std::string sql = Sql("SELECT 1 UNION SELECT 2 UNION ALL SELECT 3 UNION SELECT 4");
  EXPECT_THAT(sql, HasSubstr(") UNION ALL (SELECT 2"));
  EXPECT_THAT(sql, HasSubstr(") UNION (SELECT 4"));
}

TEST_F(LowerTest, NullOrderIsAlwaysWritten) {
  const std::string sql = Sql("SELECT i FROM t ORDER BY i, l DESC, s NULLS LAST");
  EXPECT_THAT(
      sql, HasSubstr("ORDER BY t1.\"i\" ASC NULLS FIRST, t1.\"l\" DESC NULLS LAST, t1.\"s\" ASC NULLS LAST"));
}

TEST_F(LowerTest, PatternsWithoutEscapesStayPlain) {
  EXPECT_THAT(Sql("SELECT s LIKE '%a%' FROM t"), HasSubstr("(t1.\"s\" LIKE '%a%')"));
  EXPECT_THAT(Sql("SELECT s LIKE '100\\\\%' FROM t"), HasSubstr("(t1.\"s\" LIKE '100\\%' ESCAPE '\\')"));
  EXPECT_THAT(Sql("SELECT s LIKE s FROM t"), HasSubstr("hearth_like(t1.\"s\", t1.\"s\", '\\', 0)"));
}

TEST_F(LowerTest, ConstantsGroupAsValuesNotAsPositions) {
  const std::string sql = Sql("SELECT k, count(*) FROM (SELECT 2 AS k, i FROM t) GROUP BY k");
  EXPECT_THAT(sql, HasSubstr("GROUP BY CAST(2 AS INTEGER)"));
}

TEST_F(LowerTest, TextIsQuoted) {
  EXPECT_THAT(Sql("SELECT 'it''s; DROP' FROM t"), HasSubstr("'it''s; DROP'"));
}

TEST_F(LowerTest, FiltersOverWindowsAndLimitsNest) {
  EXPECT_THAT(Sql("SELECT * FROM (SELECT i, row_number() OVER (ORDER BY l) AS r FROM t) WHERE r = 1"),
              HasSubstr("FROM (SELECT "));
  EXPECT_THAT(Sql("SELECT count(*) FROM (SELECT i FROM t LIMIT 5)"), HasSubstr("FROM (SELECT t1.\"i\" AS "));
}

TEST_F(LowerTest, LongChainsAreFlat) {
  std::string condition = "i = 0";
  for (int n = 1; n < 2000; ++n) condition += " OR i = " + std::to_string(n);
  const std::string sql = Sql("SELECT i FROM t WHERE " + condition);
  EXPECT_THAT(sql, HasSubstr("WHERE ((t1.\"i\" = 0) OR (t1.\"i\" = 1) OR "));
}

TEST_F(LowerTest, DeclinesBeforeAnyEffect) {
  EXPECT_EQ(Declined("SELECT CAST(ts AS DECIMAL(20,6)) FROM t"), "the cast of timestamp to decimal(20,6)");
  EXPECT_EQ(Declined("SELECT i FROM t TABLESAMPLE (10 PERCENT)"), "a sample");
}

// ---- the mapping table ----

// Made by the printer itself, not by a row of the table.
bool IsPrintedDirectly(std::string_view name) {
  static const std::set<std::string_view> kNames = {"and", "or", "not", "!=", "when"};
  return kNames.count(name) != 0;
}

TEST(FunctionMappingTest, EveryFunctionOfTheTableIsMapped) {
  for (const spark::FunctionEntry& entry : spark::FunctionTable()) {
    const bool is_cast = entry.least_arguments == 1 && entry.most_arguments == 1 &&
                         FindMapping(entry.name) == nullptr &&
                         entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
    static const std::set<std::string_view> kTypes = {"boolean", "tinyint", "smallint", "int",
                                                      "bigint",  "float",   "double",   "decimal",
                                                      "string",  "binary",  "date",     "timestamp"};
    if (entry.function_class == spark::FunctionClass::kScalar) {
      const bool covered = entry.is_replaced || IsPrintedDirectly(entry.name) ||
                           FindMapping(entry.name) != nullptr || (is_cast && kTypes.count(entry.name) != 0);
      EXPECT_TRUE(covered) << entry.name;
    } else {
      EXPECT_NE(FindAggregate(entry.name), nullptr) << entry.name;
    }
  }
}

TEST(FunctionMappingTest, EveryMappingIsAFunctionOfTheTable) {
  for (const std::string_view name : MappedFunctions()) {
    if (name == "get_struct_field") continue;  // made by the analyzer for a.b
    const spark::FunctionEntry* entry = spark::FindFunction(name);
    ASSERT_NE(entry, nullptr) << name;
    EXPECT_EQ(entry->name, name);
    EXPECT_EQ(entry->function_class, spark::FunctionClass::kScalar) << name;
  }
  for (const AggregateMapping& row : AggregateMappings()) {
    const spark::FunctionEntry* entry = spark::FindFunction(row.name);
    ASSERT_NE(entry, nullptr) << row.name;
    EXPECT_NE(entry->function_class, spark::FunctionClass::kScalar) << row.name;
    for (const std::string_view name : {row.function, row.window_function}) {
      EXPECT_TRUE(name.empty() || IsMappedDuckFunction(name)) << name;
    }
  }
}

TEST(FunctionMappingTest, TablesAreSortedForSearch) {
  const auto names = MappedFunctions();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_TRUE(std::is_sorted(MappedDuckFunctions().begin(), MappedDuckFunctions().end()));
  for (const auto name : names) EXPECT_NE(FindMapping(name), nullptr) << name;
}

// Names directly before a parenthesis, outside of quotes: what the statement calls.
std::set<std::string> CalledNames(const std::string& sql) {
  std::set<std::string> names;
  std::string word;
  char quote = 0;
  for (const char c : sql) {
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') {
      quote = c;
      word.clear();
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else {
      if (c == '(' && !word.empty()) names.insert(word);
      word.clear();
    }
  }
  return names;
}

TEST_F(LowerTest, OnlyMappedNamesAreCalled) {
  // Syntax that looks like a call.
  const std::set<std::string> kSyntax = {"CAST", "DECIMAL"};
  const char* kQueries[] = {
      "SELECT abs(i), round(d, 1), ceil(x), sqrt(x), ln(x), power(x, 2), pmod(i, 3), i % 7, i div 2, d / 3 "
      "FROM t",
      "SELECT upper(s), length(s), trim(s), substring(s, 2), lpad(s, 3, 'x'), replace(s, 'a', 'b'), s || 'x' "
      "FROM t",
      "SELECT instr(s, 'a'), locate('a', s, 3), concat_ws(',', s, 'b'), startswith(s, 'a'), translate(s, "
      "'a', 'b') FROM t",
      "SELECT year(dt), dayofweek(dt), hour(ts), date_trunc('month', ts), add_months(dt, 1), last_day(dt) "
      "FROM t",
      "SELECT datediff(dt, dt), dt + INTERVAL 1 MONTH, ts + INTERVAL 1 HOUR, extract(SECOND FROM ts), "
      "current_date() FROM t",
      "SELECT CAST(s AS INT), CAST(s AS DATE), CAST(x AS STRING), CAST(d AS INT), CAST(x AS DECIMAL(10,2)), "
      "CAST(ts AS STRING), CAST(ts AS DATE), try_cast(s AS DOUBLE), CAST(x AS FLOAT), CAST(s AS TIMESTAMP) "
      "FROM t",
      "SELECT coalesce(i, 1), nullif(i, 1), greatest(i, 2), CASE WHEN b THEN 1 END, isnan(x), nvl2(i, 1, 2) "
      "FROM t",
      "SELECT count(*), count(DISTINCT i, s), sum(i), sum(d), sum(d * d), avg(d), avg(i), stddev(x), "
      "first(s), "
      "max_by(s, i), bool_and(b), count_if(b), var_pop(x), bit_xor(i) FROM t",
      "SELECT rank() OVER (ORDER BY i), lag(i, 1, 0) OVER (ORDER BY i), ntile(4) OVER (ORDER BY i), "
      "sum(d) OVER (PARTITION BY s ORDER BY i), last_value(i) IGNORE NULLS OVER (ORDER BY l) FROM t",
      "SELECT s, grouping_id(), count(*) FROM t GROUP BY s, b WITH ROLLUP",
      "SELECT i FROM t WHERE (SELECT max(k) FROM u) > i UNION SELECT id FROM range(5)",
  };
  for (const char* text : kQueries) {
    for (const Checking checking : {Checking::kFast, Checking::kExact}) {
      const LoweredQuery query = Query(text, checking);
      for (const std::string& name : CalledNames(query.sql)) {
        const bool upper = std::all_of(name.begin(), name.end(), [](char c) {
          return std::islower(static_cast<unsigned char>(c)) == 0;
        });
        if (upper && (kSyntax.count(name) != 0 || name.find_first_of("0123456789_") == std::string::npos))
          continue;
        const bool is_alias = name.size() >= 2 && name[0] == 't' &&
                              name.find_first_not_of("0123456789", 1) == std::string::npos;  // AS t1(c1, c2)
        if (is_alias) continue;
        EXPECT_TRUE(IsMappedDuckFunction(name) || IsFixedFunction(name) || IsVariantName(name))
            << name << " in " << query.sql;
      }
      for (const std::string& variant : query.function_variants)
        EXPECT_TRUE(IsVariantName(variant)) << variant;
    }
  }
}

}  // namespace
}  // namespace hearth::engine
