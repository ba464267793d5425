// Texts that are long, deep or broken: whatever comes in, a statement or a spark::Error comes out.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

std::string Repeated(const std::string& text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

// The condition of the error, or "" for a statement.
std::string ConditionOf(const std::string& text) {
  try {
    ParseStatement(text);
    return "";
  } catch (const Error& error) {
    return error.condition();
  }
}

TEST(ParserLimitsTest, LongChainsAreRead) {
  EXPECT_EQ(ConditionOf("SELECT 1" + Repeated(" + 1", 300'000)), "");
  EXPECT_EQ(ConditionOf("SELECT a" + Repeated(" AND a OR b", 100'000)), "");
  EXPECT_EQ(ConditionOf("SELECT 1" + Repeated(" UNION ALL SELECT 1", 50'000)), "");
  EXPECT_EQ(ConditionOf("SELECT a IN (1" + Repeated(", 1", 20'000) + ")"), "");
  EXPECT_EQ(ConditionOf("VALUES (1, 'a')" + Repeated(", (1, 'a')", 20'000)), "");
  EXPECT_EQ(ConditionOf("SELECT * FROM a" + Repeated(" JOIN b ON x = y, c", 20'000)), "");
  EXPECT_EQ(ConditionOf("SELECT a" + Repeated("[0]", 100'000) + Repeated("::int", 100'000)), "");
  EXPECT_EQ(ConditionOf("SELECT '" + std::string(10'000'000, 'x') + "'"), "");
  EXPECT_EQ(ConditionOf("SELECT 1 " + Repeated("/*", 100'000) + Repeated("*/", 100'000)), "");
}

TEST(ParserLimitsTest, DeepTextsAreReadUpToALimit) {
  constexpr const char* kTooComplex = "FAILED_TO_PARSE_TOO_COMPLEX";
  EXPECT_EQ(ConditionOf("SELECT " + Repeated("(", 900) + "1" + Repeated(")", 900)), "");
  EXPECT_EQ(ConditionOf("SELECT " + Repeated("f(", 900) + "1" + Repeated(")", 900)), "");
  EXPECT_EQ(ConditionOf(Repeated("(", 900) + "SELECT 1" + Repeated(")", 900)), "");
  EXPECT_EQ(ConditionOf(Repeated("(", 100'000) + "SELECT 1" + Repeated(")", 100'000)), kTooComplex);
  const std::vector<std::string> openers = {"(",
                                            "f(",
                                            "-",
                                            "NOT ",
                                            "a IN (",
                                            "a LIKE ANY (",
                                            "(a, ",
                                            "a[",
                                            "f(x -> ",
                                            "f(x => ",
                                            "struct(",
                                            "CASE WHEN a THEN 1 END + (",
                                            "CASE a WHEN b THEN ",
                                            "substring(",
                                            "cast(",
                                            "1 + (",
                                            "a BETWEEN (",
                                            "(SELECT * FROM (VALUES (",
                                            "exists(SELECT ",
                                            "f(a) OVER (ORDER BY ",
                                            "f(a) FILTER (WHERE ",
                                            "f() WITHIN GROUP (ORDER BY ",
                                            "a IN (SELECT ",
                                            "(WITH a AS (SELECT "};
  for (const std::string& opener : openers) {
    EXPECT_NE(ConditionOf("SELECT " + Repeated(opener, 50'000) + "1"), "") << opener;
  }
  EXPECT_EQ(ConditionOf("SELECT " + Repeated("substring(", 50'000) + "a" + Repeated(" FROM 1)", 50'000)),
            kTooComplex);
  EXPECT_EQ(ConditionOf("SELECT " + Repeated("a IN (", 50'000) + "a" + Repeated(")", 50'000)), kTooComplex);
  EXPECT_EQ(
      ConditionOf("SELECT CAST(a AS " + Repeated("array<", 50'000) + "int" + Repeated(">", 50'000) + ")"),
      kTooComplex);
  EXPECT_EQ(ConditionOf(Repeated("EXPLAIN ", 50'000) + "SELECT 1"), kTooComplex);
  EXPECT_EQ(
      ConditionOf("SELECT 1 GROUP BY " + Repeated("GROUPING SETS (", 50'000) + "a" + Repeated(")", 50'000)),
      kTooComplex);
}

// Queries that touch every production of the grammar.
const std::vector<std::string>& Seeds() {
  static const std::vector<std::string> kSeeds = {
      "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a), b AS (TABLE c) "
      "SELECT /*+ BROADCAST(a) */ DISTINCT t.*, count(*) FILTER (WHERE x > 1.5e3) AS n, sum(DISTINCT y) OVER "
      "(PARTITION BY z ORDER BY w DESC NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM a LEFT JOIN "
      "b "
      "USING (n), LATERAL (SELECT 1) x WHERE d >= DATE '1994-01-01' AND d < DATE '1994-01-01' + INTERVAL '1' "
      "YEAR "
      "GROUP BY ROLLUP(a, (b, c)), GROUPING SETS ((), (a)) HAVING max(q) > (SELECT avg(q) FROM r) "
      "ORDER BY ALL LIMIT 10 OFFSET 2",
      "SELECT CASE a WHEN 1 THEN 'x' ELSE \"y\" END, CAST(b AS DECIMAL(10, 2))::string, EXTRACT(year FROM "
      "c), "
      "SUBSTRING(s FROM 1 FOR 2), TRIM(BOTH ' ' FROM s), POSITION('a' IN s), OVERLAY(s PLACING 'x' FROM 1), "
      "transform(arr, (x, i) -> x + i)[0].f, -(-1L) * ~2S % 3Y DIV 4BD, X'1F' || r'raw\\n' FROM "
      "parquet.`/a/b` t "
      "WHERE NOT EXISTS (SELECT * FROM u WHERE u.a = t.a) AND (a, b) NOT IN (SELECT c, d FROM v) "
      "AND s LIKE '%x\\%' ESCAPE '/' AND s NOT ILIKE ALL ('a', 'b') OR s RLIKE 'x' AND e IS NOT DISTINCT "
      "FROM NULL",
      "FROM t TABLESAMPLE (10 PERCENT) REPEATABLE (3) SELECT a, INTERVAL 1 DAY 2 HOURS, TIMESTAMP "
      "'2020-01-01' "
      "SORT BY a DISTRIBUTE BY b",
      "(SELECT 1 EXCEPT ALL SELECT 2) INTERSECT VALUES (1, 2), (3, 4) AS v(a, b) ORDER BY 1 ASC NULLS FIRST;",
      "SELECT * EXCEPT (a) FROM range(1, 10) r(x) PIVOT (sum(a) FOR b IN (1, 2)) LATERAL VIEW OUTER "
      "explode(y) e AS k "
      "WINDOW w AS (PARTITION BY a)",
      "CREATE OR REPLACE GLOBAL TEMPORARY VIEW v (a, b) AS SELECT :p, ? FROM a CROSS JOIN b ON a.x <=> b.x",
      "EXPLAIN FORMATTED SELECT dateadd(DAY, 1, x), first(a IGNORE NULLS), f(k => 1), struct(a AS b, c) FROM "
      "t",
      "SET spark.sql.ansi.enabled = true",
      "DROP VIEW IF EXISTS a.`b c`",
      "RESET `x`",
      "CREATE TABLE t (a int) USING parquet AS SELECT 1"};
  return kSeeds;
}

TEST(ParserLimitsTest, EveryPrefixHasAnOutcome) {
  size_t statements = 0;
  size_t errors = 0;
  for (const std::string& seed : Seeds()) {
    for (size_t length = 0; length <= seed.size(); ++length) {
      ++(ConditionOf(seed.substr(0, length)).empty() ? statements : errors);
    }
    EXPECT_EQ(ConditionOf(seed), "") << seed;
  }
  EXPECT_GT(statements, 50U);
  EXPECT_GT(errors, 1000U);
}

TEST(ParserLimitsTest, MutatedTextsHaveAnOutcome) {
  // A fixed seed: what fails here fails again.
  std::mt19937 random(4211);
  const auto below = [&random](size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
  };
  const std::vector<std::string> pieces = {
      "(",      ")",          ",",      "SELECT ", " FROM ", "'",         "\"",     "`",
      "*",      " AS ",       " a ",    ".",       " 1 ",    "1e",        "::",     "->",
      "=>",     "[",          "]",      " NOT ",   " IN (",  " BETWEEN ", " AND ",  " OVER ",
      "--",     "/*",         "*/",     "/*+",     ";",      "\\",        "\xff",   "\xc3",
      "\n",     " INTERVAL ", " CASE ", " WHEN ",  " END ",  " UNION ",   " WITH ", " GROUP BY ",
      " JOIN ", ">>",         "<",      "|>",      "?",      ":"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text = Seeds()[below(Seeds().size())];
    for (size_t change = below(4) + 1; change > 0; --change) {
      const size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.erase(at, below(12) + 1); break;
        case 1: text.insert(at, pieces[below(pieces.size())]); break;
        case 2: text.insert(at, text.substr(below(text.size() + 1), below(40))); break;
        default: text.resize(at); break;
      }
      if (text.empty()) text = "SELECT";
    }
    ConditionOf(text);
  }
}

}  // namespace
}  // namespace hearth::spark
