#include "store/sqlite_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "store/store_fixture.h"

namespace hearth::store {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// What a next version could be. The code of today can use it, so that both can be tested on one file.
std::vector<SchemaStep> NextSchema() {
  std::vector<SchemaStep> schema(SqliteSchema().begin(), SqliteSchema().end());
  schema.push_back({.up = "ALTER TABLE entries ADD COLUMN note TEXT DEFAULT 'none'; CREATE TABLE extra (x)",
                    .down = "DROP TABLE extra; ALTER TABLE entries DROP COLUMN note"});
  return schema;
}

int64_t VersionOf(const std::string& path) {
  return *(*SqliteHandle::Open(path, SqliteHandle::Missing::kFail))->Number("PRAGMA user_version");
}

std::string FileAt(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status Put(Store& store, const std::string& key) {
  return CommitNow(store, std::move(Batch().Put(key, "value")));
}

TEST(SqliteSchema, GoesUpAndDownOneVersionOnOneFile) {
  const TemporaryFolder folder;
  const SqliteOptions old_hearth = OptionsFor(folder.store());
  const std::vector<SchemaStep> next = NextSchema();
  SqliteOptions new_hearth = old_hearth;
  new_hearth.schema = next;
  const auto old_version = static_cast<int64_t>(SqliteSchema().size());

  ASSERT_EQ(Put(*OpenNow(old_hearth), "by old"), absl::OkStatus());
  EXPECT_EQ(VersionOf(folder.store()), old_version);
  ASSERT_EQ(Put(*OpenNow(new_hearth), "by new"), absl::OkStatus());
  EXPECT_EQ(VersionOf(folder.store()), old_version + 1);

  const absl::Status refused = OpenSqliteStore(old_hearth).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("newer Hearth"), HasSubstr("version 2"), HasSubstr("knows 1")));

  ASSERT_EQ(MigrateSqliteStore(new_hearth, old_version), absl::OkStatus());
  EXPECT_EQ(VersionOf(folder.store()), old_version);
  EXPECT_THAT(Entries(*OpenNow(old_hearth)), ElementsAre(Pair("by new", "value"), Pair("by old", "value")));
  ASSERT_EQ(Put(*OpenNow(new_hearth), "by new again"), absl::OkStatus());
  EXPECT_EQ(Entries(*OpenNow(new_hearth)).size(), 3U);
}

TEST(SqliteSchema, AMigrationThatFailsLeavesTheFileAsItWas) {
  const TemporaryFolder folder;
  ASSERT_EQ(Put(*OpenNow(OptionsFor(folder.store())), "k"), absl::OkStatus());
  std::vector<SchemaStep> broken = NextSchema();
  broken.back().up = "DELETE FROM entries; ALTER TABLE nothing ADD COLUMN x";
  SqliteOptions options = OptionsFor(folder.store());
  options.schema = broken;
  EXPECT_FALSE(OpenSqliteStore(options).ok());
  EXPECT_THAT(Entries(*OpenNow(OptionsFor(folder.store()))), ElementsAre(Pair("k", "value")));
}

TEST(SqliteSchema, NobodyMigratesAStoreInUse) {
  const TemporaryFolder folder;
  const auto store = OpenNow(OptionsFor(folder.store()));
  const std::vector<SchemaStep> next = NextSchema();
  SqliteOptions options = OptionsFor(folder.store());
  options.schema = next;
  EXPECT_EQ(OpenSqliteStore(options).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(MigrateSqliteStore(options, 2).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(VersionOf(folder.store()), 1);
}

TEST(SqliteSchema, ThereAreVersionsWithoutAWay) {
  const TemporaryFolder folder;
  for (const int64_t version : {-1, 0, 2})
    EXPECT_EQ(MigrateSqliteStore(OptionsFor(folder.store()), version).code(),
              absl::StatusCode::kInvalidArgument);
}

TEST(SqliteSchema, ADatabaseOfAnotherProgramIsRefusedAndNotTouched) {
  const TemporaryFolder folder;
  {
    auto other = *SqliteHandle::Open(folder.store(), SqliteHandle::Missing::kMake);
    ASSERT_EQ(other->Execute("CREATE TABLE recipes (soup TEXT); INSERT INTO recipes VALUES ('leek')"),
              absl::OkStatus());
  }
  const std::string before = FileAt(folder.store());
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a database of another program"));
  EXPECT_EQ(FileAt(folder.store()), before);
}

TEST(SqliteSchema, AFileThatIsNoDatabaseIsRefusedAndNotTouched) {
  const TemporaryFolder folder;
  const std::string text(10'000, 'x');
  std::ofstream(folder.store()) << text;
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("file is not a database"));
  EXPECT_EQ(FileAt(folder.store()), text);
}

TEST(SqliteSchema, AVersionThatCannotBeIsDamage) {
  for (const char* version : {"0", "-2147483647"}) {
    const TemporaryFolder folder;
    ASSERT_EQ(Put(*OpenNow(OptionsFor(folder.store())), "k"), absl::OkStatus());
    auto file = *SqliteHandle::Open(folder.store(), SqliteHandle::Missing::kFail);
    ASSERT_EQ(file->Execute(std::string("PRAGMA user_version = ") + version), absl::OkStatus());
    file.reset();
    EXPECT_EQ(OpenSqliteStore(OptionsFor(folder.store())).status().code(), absl::StatusCode::kDataLoss)
        << version;
  }
}

TEST(SqliteSchema, AFolderThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.path() + "/none/store.db")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("/none/store.db"), HasSubstr("No such file")));
}

}  // namespace
}  // namespace hearth::store
