#include "gateway/plan_summary.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

namespace hearth::gateway {
namespace {

namespace proto = ::spark::connect;

std::string TextOfSql(const std::string& query) {
  proto::Plan plan;
  plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query(query);
  return Summarize(plan).text;
}

TEST(PlanSummaryTest, SqlIsOneLineWithoutComments) {
  EXPECT_EQ(TextOfSql("SELECT a,\n  'x y' -- why\nFROM t"), "SELECT a, 'x y' FROM t");
}

TEST(PlanSummaryTest, ADataFrameIsItsNodesFromTheOutermostInwards) {
  proto::Plan plan;
  auto* limit = plan.mutable_root()->mutable_limit();
  limit->set_limit(3);
  limit->mutable_input()->mutable_range()->set_end(10);
  limit->mutable_input()->mutable_range()->set_step(1);
  EXPECT_EQ(Summarize(plan).text, "Limit 3 < Range 0 10 1");
}

TEST(PlanSummaryTest, SecretsAreNotShown) {
  EXPECT_EQ(TextOfSql("CREATE TABLE t USING jdbc OPTIONS (url 'u', password 'hunter2')"),
            "CREATE TABLE t USING jdbc OPTIONS (url 'u', password ***)");
  EXPECT_EQ(TextOfSql("SET x.access.key=hunter2-3 hunter4, 5"), "SET x.access.key=***");
  EXPECT_EQ(TextOfSql("SELECT 1 WHERE b = 'c' AND password='hunter2'"),
            "SELECT 1 WHERE b = 'c' AND password=***");
  for (const char* query :
       {"SELECT map('my_secret', 'hunter2')", "SELECT a WHERE password == 'hunter2'",
        "SELECT a WHERE token IN ('x', 'hunter2')", "SELECT 'password', concat('a', 'hunter2')",
        "SELECT password 'hun' 'hunter2'", "SELECT * FROM jdbc OPTIONS (url 'jdbc:x?password=hunter2')",
        "SELECT * FROM parquet.`s3a://key:hunter2@bucket/x`", "SET\n a.password = hunter2"}) {
    EXPECT_EQ(TextOfSql(query).find("hunter2"), std::string::npos) << TextOfSql(query);
  }
}

TEST(PlanSummaryTest, NorInDataFrames) {
  proto::Plan plan;
  auto* source = plan.mutable_root()->mutable_limit()->mutable_input()->mutable_read()->mutable_data_source();
  source->set_format("jdbc");
  (*source->mutable_options())["password"] = "abc\nhunter2";
  EXPECT_EQ(Summarize(plan).text, "Limit ***");
  source->clear_options();
  source->add_paths("s3a://key:hunter2@bucket/x");
  EXPECT_EQ(Summarize(plan).text, "Limit ***");
  plan.mutable_root()->mutable_limit()->mutable_input()->mutable_sql()->set_query(
      "SELECT map('password',\n 'hunter2')");
  EXPECT_EQ(Summarize(plan).text, "Limit ***");
}

TEST(PlanSummaryTest, WhatATerminalObeysIsNotShown) {
  EXPECT_EQ(TextOfSql("SELECT 'a\n\x1b]0;x\x07'"), "SELECT 'a  ]0;x '");
}

TEST(PlanSummaryTest, LongTextsAreCutBetweenCharacters) {
  std::string query = "SELECT '";
  for (int i = 0; i < 400; ++i) query += "é";
  const std::string text = TextOfSql(query + "'");
  EXPECT_LE(text.size(), 300u);
  EXPECT_EQ(text.substr(text.size() - 5), "é...");
}

TEST(PlanSummaryTest, APlanThatIsNoneHasNone) {
  EXPECT_EQ(Summarize(proto::Plan()).fingerprint, "");
  EXPECT_EQ(Summarize(proto::Plan()).text, "");
}

}  // namespace
}  // namespace hearth::gateway
