#include "catalog/exchange.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <string>

#include "catalog/memory_store.h"
#include "catalog/storage.h"

namespace hearth::catalog {
namespace {

/// A catalog, and the same one from afar.
class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest() : folder_(testing::TempDir() + "/hearth-exchange-XXXXXX") {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    auto opened = KeptCatalog::Open(std::make_shared<MemoryStore>(), std::make_shared<LocalStorage>(),
                                    {.warehouse = folder_, .owner = "ada", .log = {}});
    EXPECT_TRUE(opened.ok()) << opened.status();
    here_ = *std::move(opened);
  }
  ~ExchangeTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::string> Carry(const std::string& method, const std::string& request) {
    if (is_cut_) return absl::UnavailableError("cut");
    std::promise<absl::StatusOr<std::string>> answer;
    Answer(*here_, method, request, [&answer](absl::StatusOr<std::string> made) { answer.set_value(made); });
    return answer.get_future().get();
  }

  std::string folder_;
  std::unique_ptr<KeptCatalog> here_;
  bool is_cut_ = false;
  RemoteCatalog far_{
      [this](const std::string& method, const std::string& request) { return Carry(method, request); },
      "/warehouse"};
};

Table FullTable() {
  Table table;
  table.name = {"default", "t"};
  table.kind = TableKind::kExternal;
  table.provider = "parquet";
  table.schema = R"({"type":"struct","fields":[]})";
  table.partition_columns = {"p", "q"};
  table.location = "/some/where";
  table.options = {{"o", "1"}};
  table.properties = {{"k", "v"}};
  table.comment = "a \"comment\"";
  table.owner = "ada";
  table.created_at_ms = 123;
  return table;
}

TEST_F(ExchangeTest, ATableArrivesAsItWasSent) {
  Change change;
  change.operation = "op";
  change.expected = {{KeyOf(TableName{"default", "t"}), 0}};
  change.tables = {FullTable()};
  ASSERT_TRUE(far_.Commit(change).ok());
  const auto found = *far_.FindTable({"default", "t"});
  ASSERT_NE(found.table, nullptr);
  EXPECT_FALSE(found.is_moving);
  const Table sent = FullTable();
  EXPECT_EQ(found.table->kind, sent.kind);
  EXPECT_EQ(found.table->provider, sent.provider);
  EXPECT_EQ(found.table->schema, sent.schema);
  EXPECT_EQ(found.table->partition_columns, sent.partition_columns);
  EXPECT_EQ(found.table->location, sent.location);
  EXPECT_EQ(found.table->options, sent.options);
  EXPECT_EQ(found.table->properties, sent.properties);
  EXPECT_EQ(found.table->comment, sent.comment);
  EXPECT_EQ(found.table->owner, sent.owner);
  EXPECT_EQ(found.table->created_at_ms, sent.created_at_ms);
  EXPECT_EQ(found.table->version, here_->position());
  EXPECT_TRUE(*far_.WasMade("op"));
  EXPECT_FALSE(*far_.WasMade("another"));
  EXPECT_EQ(far_.ListTables("default")->size(), 1u);
}

TEST_F(ExchangeTest, AViewArrivesAsItWasSent) {
  Table view;
  view.name = {"default", "v"};
  view.kind = TableKind::kView;
  view.view = {"SELECT 1 AS a", "sales", {{"spark.sql.session.timeZone", "UTC"}}, {"a"}};
  Change change;
  change.tables = {view};
  ASSERT_TRUE(far_.Commit(change).ok());
  const auto found = *far_.FindTable({"default", "v"});
  ASSERT_NE(found.table, nullptr);
  EXPECT_TRUE(found.table->is_view());
  EXPECT_EQ(found.table->view.text, view.view.text);
  EXPECT_EQ(found.table->view.database, view.view.database);
  EXPECT_EQ(found.table->view.settings, view.view.settings);
  EXPECT_EQ(found.table->view.query_columns, view.view.query_columns);
}

TEST_F(ExchangeTest, DatabasesArrive) {
  Database database;
  database.name = "sales";
  database.comment = "c";
  database.location = "/l";
  database.owner = "ada";
  database.properties = {{"a", "b"}};
  Change change;
  change.databases = {database};
  ASSERT_TRUE(far_.Commit(change).ok());
  EXPECT_EQ((*far_.FindDatabase("sales"))->properties, database.properties);
  EXPECT_EQ(*far_.FindDatabase("nope"), nullptr);
  EXPECT_EQ(far_.ListDatabases()->size(), 2u);
  EXPECT_EQ(far_.warehouse(), "/warehouse");
}

TEST_F(ExchangeTest, AnnouncementsArrive) {
  EXPECT_TRUE(far_.Announce("op", "/l/_hearth-op").ok());
  EXPECT_TRUE(far_.Announce("op", "").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(far_.Announce("op", "/l")));
  EXPECT_TRUE(absl::IsInvalidArgument(Carry("Announce", "{}").status()));
}

TEST_F(ExchangeTest, FailuresKeepTheirCode) {
  Change change;
  change.expected = {{KeyOf(TableName{"default", "t"}), 7}};
  EXPECT_TRUE(absl::IsAborted(far_.Commit(change)));
  change.expected.clear();
  change.manifest.renames = {{"/no/such/file", "/x"}};
  EXPECT_TRUE(absl::IsNotFound(far_.Commit(change)));
  EXPECT_TRUE(absl::IsUnimplemented(Carry("Gizmo", "{}").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Carry("FindTable", "{}").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Carry("FindTable", "no json").status()));
  EXPECT_TRUE(absl::IsDataLoss(Carry("Commit", "[]").status()));
}

TEST_F(ExchangeTest, ALostAnswerLeavesACommitInDoubt) {
  is_cut_ = true;
  EXPECT_TRUE(absl::IsUnknown(far_.Commit(Change())));
  EXPECT_TRUE(absl::IsUnavailable(far_.FindTable({"default", "t"}).status()));
}

}  // namespace
}  // namespace hearth::catalog
