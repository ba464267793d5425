#include "engine/service/session_commands.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/service/engine_session.h"
#include "engine/service/session_environment.h"
#include "engine/service/view_creation.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::engine {
namespace {

using spark::Error;

class SessionCommandsTest : public testing::Test {
 protected:
  SessionCommandsTest() : session_({"user", "session"}, limits_, {}), runtime_({}) {
    session_.SetState(std::make_unique<EngineSession>());
  }

  TextResult Run(const std::string& sql) {
    CommandContext context{session_, runtime_, cancellation_};
    return RunCommand(std::get<spark::Command>(spark::ParseStatement(sql)), context);
  }

  std::string ConditionOf(const std::string& sql) {
    try {
      Run(sql);
    } catch (const Error& error) {
      return error.condition();
    }
    return "none";
  }

  static spark::RelationPtr Query(const std::string& sql) {
    return std::get<spark::RelationPtr>(spark::ParseStatement(sql));
  }

  // df.createOrReplaceTempView(name)
  void CreateFromDataFrame(const std::string& name, const std::string& sql) {
    CreateTemporaryView({.name = {name}, .plan = Query(sql), .replace = true}, ViewOrigin::kDataFrame,
                        session_, runtime_);
  }

  // The names of a query's columns.
  std::string Columns(const std::string& sql) {
    const spark::TypedPlanPtr plan = SessionEnvironment(session_, runtime_).Analyze(Query(sql));
    std::string names;
    for (const auto& column : plan->output) {
      names += (names.empty() ? "" : ",") + column.name;
    }
    return names;
  }

  const wire::Limits limits_;
  wire::Session session_;
  EngineRuntime runtime_;
  Cancellation cancellation_;
};

TEST_F(SessionCommandsTest, ViewOfSqlFollowsTheNamesInIt) {
  Run("CREATE TEMPORARY VIEW a AS SELECT 1 AS first");
  Run("CREATE TEMPORARY VIEW b AS SELECT * FROM a");
  Run("CREATE OR REPLACE TEMPORARY VIEW a AS SELECT 1 AS second");
  EXPECT_EQ(Columns("SELECT * FROM b"), "second");
}

TEST_F(SessionCommandsTest, ViewOfADataFrameKeepsWhatNamesMeant) {
  CreateFromDataFrame("a", "SELECT 1 AS first");
  CreateFromDataFrame("b", "SELECT * FROM a");
  CreateFromDataFrame("a", "SELECT 1 AS second");
  EXPECT_EQ(Columns("SELECT * FROM b"), "first");
  // So a DataFrame over a view may replace that view.
  CreateFromDataFrame("a", "SELECT second AS third FROM a");
  EXPECT_EQ(Columns("SELECT * FROM a"), "third");
}

TEST_F(SessionCommandsTest, ViewOfSqlMayNotContainItself) {
  Run("CREATE TEMPORARY VIEW a AS SELECT 1 AS first");
  Run("CREATE TEMPORARY VIEW b AS SELECT * FROM a");
  EXPECT_EQ(ConditionOf("CREATE OR REPLACE TEMPORARY VIEW a AS SELECT * FROM b"), "RECURSIVE_VIEW");
  EXPECT_EQ(Columns("SELECT * FROM a"), "first");
}

TEST_F(SessionCommandsTest, NamesOfViews) {
  Run("CREATE TEMPORARY VIEW a(x, y) AS SELECT 1, 2");
  EXPECT_EQ(Columns("SELECT * FROM A"), "x,y");
  EXPECT_EQ(ConditionOf("CREATE TEMPORARY VIEW A AS SELECT 1"), "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_EQ(ConditionOf("CREATE TEMPORARY VIEW c(x) AS SELECT 1, 2"),
            "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS");
  Run("DROP VIEW a");
  EXPECT_EQ(ConditionOf("DROP VIEW a"), "TABLE_OR_VIEW_NOT_FOUND");
  Run("DROP VIEW IF EXISTS a");
}

TEST_F(SessionCommandsTest, GlobalViewsAreOfAllSessions) {
  Run("CREATE GLOBAL TEMPORARY VIEW shared AS SELECT 1 AS x");
  EXPECT_EQ(Columns("SELECT * FROM global_temp.shared"), "x");
  EXPECT_NE(runtime_.global_views().Find("SHARED"), nullptr);
}

TEST_F(SessionCommandsTest, SettingsAnswerAsRows) {
  const auto row = [](const TextResult& result) {
    return std::get<std::string>(result.rows.at(0).at(0)) + "=" +
           std::get<std::string>(result.rows.at(0).at(1));
  };
  EXPECT_EQ(row(Run("SET spark.sql.shuffle.partitions=3")), "spark.sql.shuffle.partitions=3");
  EXPECT_EQ(row(Run("SET spark.sql.shuffle.partitions")), "spark.sql.shuffle.partitions=3");
  EXPECT_EQ(row(Run("SET no.such.key")), "no.such.key=<undefined>");
  EXPECT_TRUE(Run("RESET").rows.empty());
  EXPECT_EQ(row(Run("SET spark.sql.shuffle.partitions")), "spark.sql.shuffle.partitions=200");
}

TEST_F(SessionCommandsTest, SettingThatIsNotFollowedCanBeTakenBack) {
  Run("SET spark.sql.ansi.enabled=false");
  try {
    Columns("SELECT 1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.decline(), "the setting spark.sql.ansi.enabled=false");
  }
  Run("RESET spark.sql.ansi.enabled");
  EXPECT_EQ(Columns("SELECT 1 AS one"), "one");
}

}  // namespace
}  // namespace hearth::engine
