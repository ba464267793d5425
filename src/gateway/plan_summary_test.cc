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
  EXPECT_EQ(TextOfSql("SET x.access.key=hunter2-3"), "SET x.access.key=***");
  EXPECT_EQ(TextOfSql("SELECT map('my_secret', 'hunter2', 'b', 'c')"),
            "SELECT map('my_secret', ***, 'b', 'c')");
  proto::Plan plan;
  auto* source = plan.mutable_root()->mutable_read()->mutable_data_source();
  source->set_format("jdbc");
  (*source->mutable_options())["password"] = "hunter2";
  const std::string text = Summarize(plan).text;
  EXPECT_NE(text, "");
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
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
