#include "spark/fingerprint/sql_effect.h"

#include <gtest/gtest.h>

#include <string>

namespace hearth::spark {
namespace {

TEST(SqlEffectTest, QueriesAndWhatOnlyShowsHaveNone) {
  for (const char* text : {"SELECT 1",
                           "  -- x\n(select 1) union select 2",
                           "with a as (select 1) select * from a",
                           "FROM t SELECT a",
                           "values (1)",
                           "TABLE t",
                           "SELECT a AS insert FROM update",
                           "/* a /* nested */ comment */ SELECT 1",
                           "SHOW TABLES",
                           "show create table t",
                           "SHOW FUNCTIONS LIKE 'a*'",
                           "DESCRIBE t",
                           "DESC EXTENDED t",
                           "DESCRIBE QUERY SELECT 1",
                           "explain select 1",
                           "EXPLAIN FORMATTED SELECT 1",
                           "EXPLAIN CREATE VIEW v AS SELECT 1",
                           "EXPLAIN INSERT INTO t VALUES (1)",
                           "LIST JARS",
                           "SET",
                           "SET -v",
                           "SET a.b",
                           "SELECT 'INSERT INTO t'"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kNone) << text;
  }
}

TEST(SqlEffectTest, ConfigurationsAreSetAndReset) {
  for (const char* text : {"SET a=b", "set a.b = ", "SET `a b` = 1;", "/* c */ reset a", "RESET",
                           "SET TIME ZONE 'UTC'", "SET TIME ZONE LOCAL", "SET TIME ZONE INTERVAL 1 HOUR"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kConfiguration) << text;
  }
}

TEST(SqlEffectTest, SessionsAreChanged) {
  for (const char* text :
       {"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1", "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMPORARY FUNCTION f AS 'a.B'", "CREATE OR REPLACE TEMPORARY FUNCTION f AS 'a.B'",
        "DROP TEMPORARY FUNCTION f", "DROP TEMPORARY VARIABLE x", "use db", "USE CATALOG c", "SET CATALOG c",
        "DECLARE VARIABLE x INT", "set var x = 1", "SET VARIABLE x = 1", "CACHE TABLE t",
        "CACHE LAZY TABLE t", "ADD JAR '/a.jar'"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kSession) << text;
  }
}

TEST(SqlEffectTest, AllElseMayBeSeenByOthers) {
  for (const char* text :
       {"FROM t INSERT INTO u SELECT a", "with a as (select 1) insert into t select 1", "UPDATE t SET a = 1",
        "DELETE FROM t", "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
        "CREATE FUNCTION f AS 'a.B'", "ANALYZE TABLE t COMPUTE STATISTICS", "MSCK REPAIR TABLE t",
        "LOAD DATA INPATH '/a' INTO TABLE t", "COMMENT ON TABLE t IS 'x'", "CALL p()",
        "EXECUTE IMMEDIATE 'SELECT 1'", "BEGIN SELECT 1; END"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kExternal) << text;
  }
}

TEST(SqlEffectTest, StatementsAboutTheCatalog) {
  for (const char* text :
       {"CREATE TABLE t (a INT)", "CREATE OR REPLACE TABLE t (a INT)", "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1", "CREATE DATABASE d", "DROP DATABASE d CASCADE",
        "ALTER TABLE t RENAME TO u", "DROP VIEW v", "DROP TABLE t", "TRUNCATE TABLE t"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kCatalog) << text;
  }
  EXPECT_EQ(EffectOfSql("INSERT INTO t VALUES (1)"), SqlEffect::kInsert);
  EXPECT_EQ(EffectOfSql("INSERT OVERWRITE t SELECT 1"), SqlEffect::kInsert);
  for (const char* text :
       {"SHOW CREATE TABLE t", "SHOW TBLPROPERTIES t", "DESCRIBE DATABASE d", "DESCRIBE t"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kNone) << text;
  }
}

TEST(SqlEffectTest, TextThatDoesNotParse) {
  for (const char* text : {"SELECT FROM WHERE", "SELECT 1 /* unclosed", "SELECT 1; DROP TABLE t"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kNone) << text;
  }
  // These are nothing that we know, and do not look like queries.
  for (const char* text : {"FROM t GIZMO a INSERT INTO u SELECT a", "create or replace view v as gizmo 1",
                           "nonsense", "SET a b", "DROP VIEW IDENTIFIER(:v)"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kExternal) << text;
  }
}

TEST(SqlEffectTest, DoubleQuotesMayBeNames) {
  EXPECT_EQ(EffectOfSql("SELECT * FROM \"t\""), SqlEffect::kNone);
  EXPECT_EQ(EffectOfSql("FROM \"t\" INSERT INTO \"u\" SELECT a"), SqlEffect::kExternal);
  EXPECT_EQ(EffectOfSql("CREATE TEMP VIEW \"v\" AS SELECT 1"), SqlEffect::kSession);
}

TEST(SqlEffectTest, TextsOfAnyDepth) {
  const std::string deep = std::string(100'000, '(') + "SELECT 1" + std::string(100'000, ')');
  EXPECT_EQ(EffectOfSql(deep), SqlEffect::kNone);
  EXPECT_EQ(EffectOfSql("INSERT INTO t " + deep), SqlEffect::kExternal);
}

}  // namespace
}  // namespace hearth::spark
