#include "spark/fingerprint/sources.h"

#include <gtest/gtest.h>

namespace hearth::spark {
namespace {

using Names = std::set<std::string>;

std::optional<Sources> Of(const std::string& sql) { return SourcesOf(MakeRelation(SqlText{sql, {}, {}})); }

TEST(SourcesTest, WhatDependsOnItsInputAloneIsKnown) {
  for (const char* sql : {
           "SELECT id * 2 AS d, upper('a') FROM range(10) WHERE id % 3 = 1 AND id BETWEEN 1 AND 7",
           "SELECT k, count(*), sum(v) FILTER (WHERE v > 0) FROM VALUES (1, 2) AS t(k, v) GROUP BY k HAVING "
           "max(v) > 1",
           "SELECT * FROM range(10) ORDER BY id LIMIT 3",
           "SELECT a FROM (SELECT id AS a FROM range(10) ORDER BY id) LIMIT 3 OFFSET 1",
           "SELECT row_number() OVER (ORDER BY id), sum(id) OVER (PARTITION BY id % 2) FROM range(10)",
           "SELECT DISTINCT id FROM range(5) UNION ALL SELECT 1 WHERE EXISTS (SELECT 1)",
           "WITH t AS (SELECT 1 AS a), u AS (SELECT * FROM t) SELECT * FROM T JOIN u USING (a)",
           "SELECT transform(array(1, 2), x -> x + 1), CASE WHEN true THEN 1 END",
       }) {
    const auto sources = Of(sql);
    ASSERT_TRUE(sources) << sql;
    EXPECT_EQ(sources->names, Names()) << sql;
    EXPECT_EQ(sources->paths, Names()) << sql;
  }
}

TEST(SourcesTest, WhatDependsOnChanceTheMomentOrTheOrderOfRowsIsNot) {
  for (const char* sql : {
           "SELECT rand()",
           "SELECT uuid() FROM range(3)",
           "SELECT id + monotonically_increasing_id() FROM range(3)",
           "SELECT current_timestamp()",
           "SELECT current_date",
           "SELECT now()",
           "SELECT first(id) FROM range(3)",
           "SELECT collect_list(id) FROM range(3)",
           "SELECT any_value(id) FROM range(3)",
           "SELECT * FROM range(3) LIMIT 1",
           "SELECT * FROM (SELECT * FROM range(3) SORT BY id) LIMIT 1",
           "SELECT * FROM range(30) TABLESAMPLE (10 PERCENT)",
           "SELECT row_number() OVER (PARTITION BY id) FROM range(3)",
           "SELECT sum(id) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM range(3)",
           "SELECT lag(id) OVER w FROM range(3) WINDOW w AS (PARTITION BY id)",
           "SELECT somebodys_own(id) FROM range(3)",
           "SELECT input_file_name() FROM parquet.`/data`",
           "SELECT id FROM range(3) WHERE id IN (SELECT shuffle(array(1))[0])",
           "SELECT * FROM somewhere.tables.t",
           "SHOW TABLES",
           "no sql at all",
       }) {
    EXPECT_FALSE(Of(sql)) << sql;
  }
}

TEST(SourcesTest, SortedRowsThatMayDifferAreTold) {
  for (const char* sql : {
           "SELECT k, sum(v) AS s FROM VALUES (1, 2.0D) AS t(k, v) GROUP BY k ORDER BY s",
           "SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id % 2) AS n FROM range(9)) WHERE n = 1 "
           "ORDER BY id",
           "SELECT * FROM (SELECT * FROM range(9) ORDER BY id % 2 LIMIT 3) ORDER BY id",
       }) {
    const auto sources = Of(sql);
    ASSERT_TRUE(sources) << sql;
    EXPECT_TRUE(sources->may_change_sorted_rows()) << sql;
  }
  for (const char* sql : {
           "SELECT k, sum(v) AS s FROM VALUES (1, 2.0D) AS t(k, v) GROUP BY k",
           "SELECT id, max(id) OVER (PARTITION BY id % 2) FROM range(9) ORDER BY id",
           "SELECT * FROM range(9) ORDER BY id % 2 LIMIT 3",
       }) {
    const auto sources = Of(sql);
    ASSERT_TRUE(sources) << sql;
    EXPECT_FALSE(sources->may_change_sorted_rows()) << sql;
  }
}

TEST(SourcesTest, FilesAndNamesAreTold) {
  auto sources = Of("SELECT * FROM parquet.`/data/a` JOIN Csv.`b/*.csv` JOIN Mine");
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->paths, (Names{"/data/a", "b/*.csv"}));
  EXPECT_EQ(sources->names, Names{"mine"});

  DataSourceRead read;
  read.format = "parquet";
  read.paths = {"/c", "/d"};
  sources = SourcesOf(MakeRelation(Filter{MakeRelation(read), MakeExpression(Literal{}), false}));
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->paths, (Names{"/c", "/d"}));
  read.format = "jdbc";
  EXPECT_FALSE(SourcesOf(MakeRelation(read)));
}

TEST(SourcesTest, ANameIsAPartOfThePlanOnlyWhereItIsSeen) {
  EXPECT_EQ(Of("WITH t AS (SELECT * FROM t) SELECT * FROM t")->names, Names{"t"});
  EXPECT_EQ(Of("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) CROSS JOIN t")->names, Names{"t"});
  EXPECT_EQ(Of("WITH t AS (SELECT 1) SELECT (SELECT count(*) FROM t)")->names, Names());
}

}  // namespace
}  // namespace hearth::spark
