#include "spark/fingerprint/sql_text.h"

#include <gtest/gtest.h>

namespace hearth::spark {
namespace {

TEST(SqlTextTest, EffectsByTheLeadingWords) {
  for (const char* text :
       {"SELECT 1", "  -- x\n(select 1) union select 2", "with a as (select 1) select * from a",
        "SHOW TABLES", "values (1)", "explain select 1", "", "FROM t SELECT a"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kNone) << text;
  }
  for (const char* text :
       {"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1", "use db", "DECLARE VARIABLE x INT", "set var x = 1",
        "CREATE GLOBAL TEMP VIEW v AS SELECT 1", "DROP TEMPORARY FUNCTION f"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kSession) << text;
  }
  for (const char* text : {"SET a=b", "/* c */ reset a"})
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kConfiguration) << text;
  for (const char* text :
       {"INSERT INTO t VALUES (1)", "CREATE TABLE t (a INT)", "with a as (select 1) insert into t select 1",
        "DROP VIEW v", "BEGIN SELECT 1; END", "nonsense"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kExternal) << text;
  }
}

}  // namespace
}  // namespace hearth::spark
