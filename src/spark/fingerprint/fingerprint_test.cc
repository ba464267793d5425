#include "spark/fingerprint/fingerprint.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

std::string Of(const std::string& sql) { return FingerprintOf(ParseStatement(sql)).Hex(); }
std::string Of(const RelationPtr& plan) { return FingerprintOf(plan).Hex(); }

ExpressionPtr Column(const std::string& name) {
  return MakeExpression(UnresolvedAttribute{{name}, int64_t{7}, false});  // df["name"]
}
ExpressionPtr Number(int64_t value) { return MakeExpression(Literal{Value{value}, DataType::Integer()}); }
RelationPtr Table(const std::string& name) { return MakeRelation(NamedTable{{name}, {}}); }

TEST(FingerprintTest, IsTheSameInEveryProcess) {
  // A change here gives every recorded workload a new fingerprint: raise kVersion and say so.
  EXPECT_EQ(Of("SELECT a FROM t WHERE b > 1"), "f68387f9b040ea047b5e6c41ed3c8d90");
  EXPECT_EQ((Fingerprint{0x0123456789abcdef, 1}.Hex()), "0123456789abcdef0000000000000001");
}

TEST(FingerprintTest, ValuesDoNotCount) {
  EXPECT_EQ(Of("SELECT a FROM t WHERE b > 1 LIMIT 10"), Of("select A from T where b > 22.5 limit 20"));
  EXPECT_EQ(Of("SELECT a FROM t WHERE b IN (1)"), Of("SELECT a FROM t WHERE b IN (1, 2, 3)"));
  EXPECT_EQ(Of("SELECT a FROM t WHERE b = ?"), Of("SELECT a FROM t WHERE b = 'x'"));
  EXPECT_EQ(Of("SELECT * FROM VALUES (1, 2)"), Of("SELECT * FROM VALUES (1, 2), (3, 4)"));
  EXPECT_EQ(Of("SELECT * FROM range(10)"), Of("SELECT * FROM range(5, 20, 2)"));
  EXPECT_EQ(Of("SET a.b = 1"), Of("SET a.b = 2"));
  EXPECT_EQ(Of("SELECT d + INTERVAL 1 DAY FROM t"), Of("SELECT d + INTERVAL 2 HOURS FROM t"));
}

TEST(FingerprintTest, ShapesCount) {
  const std::vector<std::string> kDifferent = {"SELECT a FROM t",
                                               "SELECT b FROM t",
                                               "SELECT a FROM u",
                                               "SELECT a, a FROM t",
                                               "SELECT DISTINCT a FROM t",
                                               "SELECT a AS x FROM t",
                                               "SELECT a FROM t WHERE a > 1",
                                               "SELECT a FROM t WHERE a < 1",
                                               "SELECT a FROM t WHERE a > b",
                                               "SELECT a FROM t ORDER BY a",
                                               "SELECT a FROM t ORDER BY a DESC",
                                               "SELECT a FROM t ORDER BY 1",
                                               "SELECT a FROM t ORDER BY 2",
                                               "SELECT a FROM t LIMIT 1",
                                               "SELECT a FROM t JOIN u ON t.x = u.x",
                                               "SELECT a FROM t LEFT JOIN u ON t.x = u.x",
                                               "SELECT a FROM t UNION SELECT a FROM t",
                                               "SELECT a FROM t UNION ALL SELECT a FROM t",
                                               "SELECT sum(a) FROM t",
                                               "SELECT sum(DISTINCT a) FROM t",
                                               "SELECT a, sum(b) FROM t GROUP BY a",
                                               "SELECT cast(a AS INT) FROM t",
                                               "SELECT cast(a AS BIGINT) FROM t",
                                               "SELECT a.x FROM t",
                                               "SELECT a[0] FROM t",
                                               "SELECT (SELECT a FROM u) FROM t",
                                               "SELECT EXISTS (SELECT a FROM u) FROM t",
                                               "SELECT sum(a) OVER (ORDER BY b) FROM t",
                                               "SELECT sum(a) OVER (PARTITION BY b) FROM t",
                                               "CREATE TEMP VIEW v AS SELECT a FROM t",
                                               "SET a = 1",
                                               "SET b = 1",
                                               "EXPLAIN SELECT a FROM t"};
  std::set<std::string> seen;
  for (const std::string& sql : kDifferent) EXPECT_TRUE(seen.insert(Of(sql)).second) << sql;
}

TEST(FingerprintTest, SpellingsOfOneThingAgree) {
  EXPECT_EQ(Of("SELECT * FROM t WHERE a AND (b AND c)"), Of("SELECT * FROM t WHERE (a AND b) AND c"));
  EXPECT_EQ(Of("SELECT * FROM t WHERE a BETWEEN 1 AND 2"), Of("SELECT * FROM t WHERE a >= 3 AND a <= 4"));
  EXPECT_EQ(Of("SELECT * FROM t WHERE a <> b"), Of("SELECT * FROM t WHERE NOT a = b"));
  EXPECT_EQ(Of("SELECT count(*) FROM t"), Of("SELECT count(1) FROM t"));
  EXPECT_EQ(Of("SELECT a, sum(b) FROM t GROUP BY 1"), Of("SELECT a, sum(b) FROM t GROUP BY a"));
  EXPECT_EQ(Of("SELECT * FROM a, b"), Of("SELECT * FROM a CROSS JOIN b"));
  EXPECT_EQ(Of("SELECT a FROM (SELECT a FROM t)"), Of("SELECT a FROM (SELECT a FROM t);"));
  EXPECT_EQ(Of("TABLE t"), Of("SELECT * FROM t"));
}

TEST(FingerprintTest, SqlAndDataFramesAgree) {
  // t.filter(t.a > 5).filter(t.b == 1).groupBy("k").agg(sum("v").alias("s")).orderBy(desc("s")).limit(3)
  RelationPtr plan = MakeRelation(Filter{Table("t"), MakeCall(">", {Column("a"), Number(5)}), false});
  plan = MakeRelation(Filter{plan, MakeCall("==", {Column("b"), Number(1)}), false});
  Aggregate aggregate;
  aggregate.input = plan;
  aggregate.grouping = {Column("k")};
  aggregate.aggregates = {MakeExpression(Alias{MakeCall("sum", {Column("v")}), {"s"}, ""})};
  aggregate.keys_prepended = true;
  plan = MakeRelation(aggregate);
  plan = MakeRelation(Sort{plan, {MakeExpression(SortOrder{Column("s"), false, false})}, true});
  plan = MakeRelation(Limit{plan, Number(3)});
  EXPECT_EQ(Of(plan),
            Of("SELECT k, sum(v) AS s FROM t WHERE a > 1 AND b = 2 GROUP BY k ORDER BY s DESC LIMIT 10"));

  // t.agg(count("*"))
  Aggregate count;
  count.input = Table("t");
  count.aggregates = {MakeCall("count", {Number(1)})};
  count.keys_prepended = true;
  EXPECT_EQ(Of(MakeRelation(count)), Of("SELECT count(*) FROM t"));

  // spark.read.parquet("/x")
  EXPECT_EQ(Of(MakeRelation(DataSourceRead{"parquet", std::nullopt, {}, {"/x"}})),
            Of("SELECT * FROM parquet.`/x`"));
  // spark.sql("...") inside a plan, and expr("...")
  EXPECT_EQ(Of(MakeRelation(SqlText{"SELECT a FROM t", {}, {}})), Of("SELECT a FROM t"));
  EXPECT_EQ(Of(MakeRelation(Project{Table("t"), {MakeExpression(ExpressionString{"a + 1"})}})),
            Of("SELECT a + 2 FROM t"));
}

TEST(FingerprintTest, TextThatDoesNotParseHasOneToo) {
  const std::string broken = Of(MakeRelation(SqlText{"SELEC", {}, {}}));
  EXPECT_EQ(broken, Of(MakeRelation(SqlText{"SELEC", {}, {}})));
  EXPECT_NE(broken, Of(MakeRelation(SqlText{"SELECTED", {}, {}})));
}

TEST(FingerprintTest, PlansOfAnyDepth) {
  std::string sql = "SELECT a";
  for (int i = 0; i < 200'000; ++i) sql += i % 2 == 0 ? " + 1" : " - b";
  sql += " FROM t WHERE x";
  for (int i = 0; i < 100'000; ++i) sql += " OR x";
  for (int i = 0; i < 50'000; ++i) sql += " UNION SELECT 1";
  const std::string deep = Of(sql);
  EXPECT_EQ(deep, Of(sql));
  EXPECT_NE(deep, Of(sql + " UNION SELECT 1"));
}

}  // namespace
}  // namespace hearth::spark
