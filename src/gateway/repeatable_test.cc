#include "gateway/repeatable.h"

#include <gtest/gtest.h>
#include <spark/connect/base.pb.h>

namespace hearth::gateway {
namespace {

namespace proto = ::spark::connect;
using Files = std::set<std::string>;

grpc::Slice Query(const std::string& sql) {
  proto::Plan plan;
  plan.mutable_root()->mutable_sql()->set_query(sql);
  return grpc::Slice(plan.SerializeAsString());
}

class RepeatableTest : public testing::Test {
 protected:
  /// createOrReplaceTempView.
  void MakeView(const std::string& name, const std::string& sql) {
    proto::Plan plan;
    auto* view = plan.mutable_command()->mutable_create_dataframe_view();
    view->set_name(name);
    view->mutable_input()->mutable_sql()->set_query(sql);
    Add(plan, name, "");
  }
  void RunSql(const std::string& sql, const std::string& view, const std::string& function,
              bool is_drop = false) {
    proto::Plan plan;
    plan.mutable_command()->mutable_sql_command()->mutable_input()->mutable_sql()->set_query(sql);
    Add(plan, view, function, is_drop);
  }
  std::optional<Files> FilesOf(const std::string& sql) {
    SessionSnapshot bound;
    bound.changes = std::make_shared<std::vector<SessionSnapshot::Entry>>(changes_);
    bound.position = changes_.size();
    return FilesOfRepeatable(Query(sql), bound);
  }

 private:
  void Add(const proto::Plan& plan, const std::string& view, const std::string& function,
           bool is_drop = false) {
    auto change = std::make_shared<SessionChange>();
    change->plan = grpc::Slice(plan.SerializeAsString());
    change->view = view;
    change->function = function;
    change->is_drop = is_drop;
    changes_.push_back({changes_.size() + 1, change});
  }
  std::vector<SessionSnapshot::Entry> changes_;
};

TEST_F(RepeatableTest, FilesAreFoundThroughViews) {
  MakeView("orders", "SELECT * FROM parquet.`/orders`");
  RunSql("CREATE TEMP VIEW both AS SELECT * FROM orders JOIN csv.`/items`", "both", "");
  EXPECT_EQ(FilesOf("SELECT * FROM range(3)"), Files());
  EXPECT_EQ(FilesOf("SELECT * FROM Both"), (Files{"/orders", "/items"}));
  EXPECT_EQ(FilesOf("SELECT * FROM nobody_knows"), std::nullopt);
}

TEST_F(RepeatableTest, AViewMeansWhatItMeantWhenItWasRead) {
  MakeView("numbers", "SELECT rand() AS r");
  MakeView("rounded", "SELECT round(r) FROM numbers");
  MakeView("numbers", "SELECT 1 AS r");
  EXPECT_EQ(FilesOf("SELECT * FROM numbers"), Files());
  EXPECT_EQ(FilesOf("SELECT * FROM rounded"), std::nullopt);
  MakeView("rounded", "SELECT * FROM rounded");
  EXPECT_EQ(FilesOf("SELECT * FROM rounded"), std::nullopt);
}

TEST_F(RepeatableTest, AViewThatIsGoneMayBeAnything) {
  MakeView("numbers", "SELECT 1");
  RunSql("DROP VIEW numbers", "numbers", "", /*is_drop=*/true);
  EXPECT_EQ(FilesOf("SELECT * FROM numbers"), std::nullopt);
}

TEST_F(RepeatableTest, OwnFunctionsAndOtherDatabasesMayBeAnything) {
  RunSql("CREATE TEMPORARY FUNCTION abs AS 'x'", "", "abs");
  EXPECT_EQ(FilesOf("SELECT abs(1)"), std::nullopt);
}

TEST_F(RepeatableTest, WhatIsNoQueryIsNotRepeated) {
  SessionSnapshot bound;
  bound.changes = std::make_shared<std::vector<SessionSnapshot::Entry>>();
  EXPECT_EQ(FilesOfRepeatable(grpc::Slice("no plan"), bound), std::nullopt);
  EXPECT_EQ(FilesOfRepeatable(Query("DROP VIEW a"), bound), std::nullopt);
}

}  // namespace
}  // namespace hearth::gateway
