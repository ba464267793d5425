#include "spark/fingerprint/plan_facts.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include "spark/fingerprint/sql_text.h"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;

TEST(PlanFactsTest, CommandsAndCatalogNodesHaveEffects) {
  proto::Plan filter;
  filter.mutable_root()->mutable_filter()->mutable_input()->mutable_range()->set_end(10);
  EXPECT_EQ(FactsOf(filter).operation_class, OperationClass::kReadOnly);
  EXPECT_EQ(FactsOf(filter).kind, "filter");
  proto::Plan view;
  view.mutable_command()->mutable_create_dataframe_view()->set_name("v");
  EXPECT_EQ(FactsOf(view).operation_class, OperationClass::kSessionEffect);
  EXPECT_EQ(FactsOf(view).kind, "create_dataframe_view");
  proto::Plan write;
  write.mutable_command()->mutable_write_operation();
  EXPECT_EQ(FactsOf(write).operation_class, OperationClass::kExternalEffect);
  proto::Plan hidden;
  hidden.mutable_root()->mutable_project()->mutable_input()->mutable_catalog()->mutable_set_current_database();
  EXPECT_EQ(FactsOf(hidden).operation_class, OperationClass::kSessionEffect);
  proto::Plan query;
  query.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query("SELECT 1");
  EXPECT_EQ(FactsOf(query).operation_class, OperationClass::kReadOnly);
  query.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query("SET a=1");
  EXPECT_EQ(FactsOf(query).operation_class, OperationClass::kSessionEffect);
  EXPECT_TRUE(FactsOf(query).sets_configuration);
}

TEST(SqlTextTest, EffectsByTheLeadingWords) {
  for (const char* text : {"SELECT 1", "  -- x\n(select 1) union select 2", "with a as (select 1) select * from a",
                           "SHOW TABLES", "values (1)", "explain select 1", "", "FROM t SELECT a"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kNone) << text;
  }
  for (const char* text : {"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1", "use db", "DECLARE VARIABLE x INT",
                           "set var x = 1", "CREATE GLOBAL TEMP VIEW v AS SELECT 1", "DROP TEMPORARY FUNCTION f"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kSession) << text;
  }
  for (const char* text : {"SET a=b", "/* c */ reset a"}) EXPECT_EQ(EffectOfSql(text), SqlEffect::kConfiguration) << text;
  for (const char* text : {"INSERT INTO t VALUES (1)", "CREATE TABLE t (a INT)", "with a as (select 1) insert into t select 1",
                           "DROP VIEW v", "BEGIN SELECT 1; END", "nonsense"}) {
    EXPECT_EQ(EffectOfSql(text), SqlEffect::kExternal) << text;
  }
}

}  // namespace
}  // namespace hearth::spark
