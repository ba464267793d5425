#include "gateway/plan_facts.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

#include <functional>
#include <map>
#include <set>
#include <string>

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

/// The member of a oneof set, with nothing in it.
void SetMember(google::protobuf::Message* message, const google::protobuf::FieldDescriptor* member) {
  const auto* reflection = message->GetReflection();
  if (member->message_type() != nullptr) {
    reflection->MutableMessage(message, member);
  } else {
    reflection->SetString(message, member, "x");
  }
}

/// The names of the members of the first oneof of this message, by the class of a plan that has them alone.
std::map<OperationClass, std::set<std::string>> ClassesOf(
    const google::protobuf::Descriptor* type,
    const std::function<google::protobuf::Message*(proto::Plan*)>& where) {
  std::map<OperationClass, std::set<std::string>> classes;
  const auto* oneof = type->oneof_decl(0);
  for (int i = 0; i < oneof->field_count(); ++i) {
    proto::Plan plan;
    SetMember(where(&plan), oneof->field(i));
    classes[FactsOf(plan).operation_class].insert(oneof->field(i)->name());
  }
  return classes;
}

// What is new in the protocol fails here until somebody has decided what it does. Of SQL the text decides,
// and an empty one is no statement that is known to be harmless.
TEST(PlanFactsTest, EveryCommandHasTheClassThatWasDecidedForIt) {
  auto classes =
      ClassesOf(proto::Command::descriptor(), [](proto::Plan* plan) { return plan->mutable_command(); });
  using Names = std::set<std::string>;
  EXPECT_EQ(classes[OperationClass::kReadOnly], Names{"get_resources_command"});
  EXPECT_EQ(classes[OperationClass::kSessionEffect],
            (Names{"checkpoint_command", "create_dataframe_view", "create_resource_profile_command",
                   "ml_command", "register_data_source", "register_function", "register_table_function",
                   "remove_cached_remote_relation_command", "streaming_query_command",
                   "streaming_query_listener_bus_command", "streaming_query_manager_command"}));
  EXPECT_EQ(classes[OperationClass::kExternalEffect],
            (Names{"execute_external_command", "extension", "merge_into_table_command", "pipeline_command",
                   "sql_command", "write_operation", "write_operation_v2", "write_stream_operation_start"}));
}

TEST(PlanFactsTest, EveryCatalogCallHasTheClassThatWasDecidedForIt) {
  auto classes = ClassesOf(proto::Catalog::descriptor(),
                           [](proto::Plan* plan) { return plan->mutable_root()->mutable_catalog(); });
  using Names = std::set<std::string>;
  EXPECT_EQ(classes[OperationClass::kSessionEffect],
            (Names{"drop_temp_view", "set_current_catalog", "set_current_database"}));
  EXPECT_EQ(
      classes[OperationClass::kExternalEffect],
      (Names{"analyze_table", "create_database", "create_external_table", "create_table", "drop_database",
             "drop_global_temp_view", "drop_table", "drop_view", "recover_partitions", "truncate_table"}));
}

TEST(PlanFactsTest, EveryRelationIsReadOnlyButThoseOfOthers) {
  auto classes =
      ClassesOf(proto::Relation::descriptor(), [](proto::Plan* plan) { return plan->mutable_root(); });
  EXPECT_EQ(classes[OperationClass::kExternalEffect], (std::set<std::string>{"extension", "sql"}));
  EXPECT_TRUE(classes[OperationClass::kSessionEffect].empty());
  EXPECT_GE(classes[OperationClass::kReadOnly].size(), 59u);
}

TEST(PlanFactsTest, WhatOnlyANewerClientKnowsMayDoAnything) {
  constexpr int kUnknown = 987;
  proto::Plan command;
  command.mutable_command()
      ->GetReflection()
      ->MutableUnknownFields(command.mutable_command())
      ->AddVarint(kUnknown, 1);
  EXPECT_EQ(FactsOf(command).operation_class, OperationClass::kExternalEffect);
  proto::Plan relation;
  auto* inner = relation.mutable_root()->mutable_limit()->mutable_input();
  inner->GetReflection()->MutableUnknownFields(inner)->AddVarint(kUnknown, 1);
  EXPECT_EQ(FactsOf(relation).operation_class, OperationClass::kExternalEffect);
  EXPECT_TRUE(FactsOf(relation).portable);
  proto::Plan empty;
  empty.mutable_root();
  EXPECT_EQ(FactsOf(empty).operation_class, OperationClass::kReadOnly);
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
  for (const char* text : {"CREATE TABLE t (a INT)", "INSERT INTO t SELECT 1", "DROP DATABASE d",
                           "INSERT OVERWRITE DIRECTORY '/files' USING parquet SELECT 1"}) {
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
  EXPECT_TRUE(FactsOf(write).happens_once) << "files of a folder come in with a change of the catalog";
  EXPECT_EQ(FactsOf(write).operation_class, OperationClass::kExternalEffect);
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
