#include "gateway/plan_facts.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

namespace hearth::gateway {
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
  hidden.mutable_root()
      ->mutable_project()
      ->mutable_input()
      ->mutable_catalog()
      ->mutable_set_current_database();
  EXPECT_EQ(FactsOf(hidden).operation_class, OperationClass::kSessionEffect);
  proto::Plan query;
  query.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query("SELECT 1");
  EXPECT_EQ(FactsOf(query).operation_class, OperationClass::kReadOnly);
  query.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query("SET a=1");
  EXPECT_EQ(FactsOf(query).operation_class, OperationClass::kSessionEffect);
}

TEST(PlanFactsTest, TheTextThatIsRunDecides) {
  proto::Plan plan;
  auto* command = plan.mutable_command()->mutable_sql_command();
  command->GetReflection()->SetString(command, command->GetDescriptor()->FindFieldByName("sql"),
                                      "CREATE TEMP VIEW v AS SELECT 1");
  EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kSessionEffect);
  command->mutable_input()->mutable_sql()->set_query("SELECT 1");
  EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kReadOnly);
}

TEST(PlanFactsTest, CachesAreNotTheSessions) {
  proto::Plan plan;
  plan.mutable_root()->mutable_catalog()->mutable_cache_table()->set_table_name("t");
  EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kReadOnly);
  plan.mutable_root()->mutable_catalog()->mutable_drop_temp_view()->set_view_name("t");
  EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kSessionEffect);
}

TEST(PlanFactsTest, ChangesOfTheCatalogHappenOnce) {
  proto::Plan plan;
  auto* sql = plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql();
  for (const char* text : {"CREATE TABLE t (a INT)", "INSERT INTO t SELECT 1", "DROP DATABASE d"}) {
    sql->set_query(text);
    EXPECT_TRUE(FactsOf(plan).happens_once) << text;
    EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kExternalEffect) << text;
  }
  for (const char* text : {"SELECT 1", "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE"}) {
    sql->set_query(text);
    EXPECT_FALSE(FactsOf(plan).happens_once) << text;
  }
  proto::Plan write;
  write.mutable_command()->mutable_write_operation()->set_path("/files");
  EXPECT_FALSE(FactsOf(write).happens_once);
  write.mutable_command()->mutable_write_operation()->mutable_table()->set_table_name("t");
  EXPECT_TRUE(FactsOf(write).happens_once);
  write.mutable_command()->mutable_write_operation_v2()->set_table_name("t");
  EXPECT_TRUE(FactsOf(write).happens_once);
}

TEST(PlanFactsTest, WhatLivesInOneClusterAloneIsNotPortable) {
  proto::Plan plan;
  auto* write = plan.mutable_command()->mutable_write_operation();
  write->set_path("/files");
  EXPECT_TRUE(FactsOf(plan).portable);
  write->mutable_table()->set_table_name("t");
  EXPECT_FALSE(FactsOf(plan).portable);
  write->mutable_table()->set_save_method(proto::WriteOperation::SaveTable::TABLE_SAVE_METHOD_INSERT_INTO);
  EXPECT_TRUE(FactsOf(plan).portable) << "a table is where it is for every engine";
  plan.mutable_command()->mutable_register_function()->set_function_name("f");
  EXPECT_TRUE(FactsOf(plan).portable);
  plan.mutable_command()->mutable_create_dataframe_view()->set_name("v");
  EXPECT_TRUE(FactsOf(plan).portable);
  plan.mutable_command()->mutable_create_dataframe_view()->set_is_global(true);
  EXPECT_FALSE(FactsOf(plan).portable);
  EXPECT_EQ(FactsOf(plan).operation_class, OperationClass::kExternalEffect);
  plan.mutable_command()->mutable_write_stream_operation_start();
  EXPECT_FALSE(FactsOf(plan).portable);
  plan.mutable_command()->mutable_ml_command();
  EXPECT_FALSE(FactsOf(plan).portable);
  auto* sql = plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql();
  sql->set_query("SELECT 1");
  EXPECT_TRUE(FactsOf(plan).portable);
  sql->set_query("CREATE TABLE t (a INT)");
  EXPECT_FALSE(FactsOf(plan).portable);
  plan.mutable_root()->mutable_filter()->mutable_input()->mutable_cached_remote_relation()->set_relation_id(
      "r");
  EXPECT_FALSE(FactsOf(plan).portable);
  plan.mutable_root()->mutable_catalog()->mutable_create_table()->set_table_name("t");
  EXPECT_FALSE(FactsOf(plan).portable);
}

}  // namespace
}  // namespace hearth::gateway
