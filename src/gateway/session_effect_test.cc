#include "gateway/session_effect.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

namespace hearth::gateway {
namespace {

namespace proto = ::spark::connect;

SessionEffect OfSql(const std::string& text) {
  proto::Plan plan;
  plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query(text);
  return SessionEffectOf(plan);
}

TEST(SessionEffectTest, NamesTheViewThatSurelyStandsOrIsGoneAfterIt) {
  EXPECT_EQ(OfSql("CREATE OR REPLACE TEMP VIEW My_View AS SELECT 1").view, "my_view");
  EXPECT_EQ(OfSql("CREATE TEMPORARY VIEW v AS SELECT 1").view, "v");
  EXPECT_EQ(OfSql("CREATE OR REPLACE GLOBAL TEMP VIEW v AS SELECT 1").view, "");
  EXPECT_EQ(OfSql("CACHE TABLE v").view, "");
  EXPECT_EQ(OfSql("DROP VIEW IF EXISTS V").view, "v");
  EXPECT_TRUE(OfSql("DROP VIEW v").is_drop);
  EXPECT_FALSE(OfSql("CREATE TEMP VIEW v AS SELECT 1").is_drop);
  EXPECT_EQ(OfSql("no SQL at all").view, "");

  proto::Plan plan;
  auto* view = plan.mutable_command()->mutable_create_dataframe_view();
  view->set_name("V");
  view->mutable_input()->mutable_range()->set_end(1);
  view->mutable_input()->mutable_range()->set_step(1);
  EXPECT_EQ(SessionEffectOf(plan).view, "v");
}

TEST(SessionEffectTest, NamesTheFunctionThatStandsAfterIt) {
  proto::Plan plan;
  plan.mutable_command()->mutable_register_function()->set_function_name("Twice");
  EXPECT_EQ(SessionEffectOf(plan).function, "twice");
  EXPECT_TRUE(SessionEffectOf(plan).is_certain);
  EXPECT_EQ(SessionEffectOf(plan).view, "");
}

TEST(SessionEffectTest, TellsWhetherWhatWasBeforeMatters) {
  EXPECT_TRUE(OfSql("CREATE OR REPLACE TEMP VIEW v AS SELECT 1").is_certain);
  EXPECT_FALSE(OfSql("CREATE TEMP VIEW v AS SELECT 1").is_certain);
  EXPECT_TRUE(OfSql("DROP VIEW IF EXISTS v").is_certain);
  EXPECT_FALSE(OfSql("DROP VIEW v").is_certain);
  proto::Plan plan;
  plan.mutable_root()->mutable_catalog()->mutable_drop_temp_view()->set_view_name("V");
  EXPECT_EQ(SessionEffectOf(plan).view, "v");
  EXPECT_TRUE(SessionEffectOf(plan).is_drop);
  EXPECT_FALSE(SessionEffectOf(plan).is_certain);
}

TEST(SessionEffectTest, WhatOnlyShowsASettingSetsNone) {
  EXPECT_FALSE(OfSql("SET").setting.has_value());
  EXPECT_FALSE(OfSql("SET spark.a").setting.has_value());
  EXPECT_TRUE(OfSql("RESET").setting.has_value());
}

TEST(SessionEffectTest, ASettingChangesARecordAsItChangesTheCluster) {
  wire::SessionConfiguration::Pairs pairs = {{"spark.a", "1"}, {"spark.sql.shuffle.partitions", "3"}};
  Apply(*OfSql("SET spark.a=2").setting, &pairs);
  EXPECT_EQ(pairs["spark.a"], "2");
  Apply(*OfSql("RESET spark.sql.shuffle.partitions").setting, &pairs);
  EXPECT_EQ(pairs.count("spark.sql.shuffle.partitions"), 0u);
  pairs["spark.sql.ansi.enabled"] = "false";
  Apply(*OfSql("RESET").setting, &pairs);
  EXPECT_EQ(pairs, (wire::SessionConfiguration::Pairs{{"spark.a", "2"}}))
      << "keys that Spark does not know stay";
  EXPECT_FALSE(OfSql("CREATE TEMP VIEW v AS SELECT 1").setting.has_value());
}

}  // namespace
}  // namespace hearth::gateway
