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

std::string FileAt(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status Put(Store& store, const std::string& key) {
  return CommitNow(store, std::move(Batch().Put(key, "value")));
}

TEST(SqliteSchema, AMigrationThatFailsLeavesTheFileAsItWas) {
  const TemporaryFolder folder;
  ASSERT_EQ(Put(*OpenNow(OptionsFor(folder.store())), "k"), absl::OkStatus());
  std::vector<SchemaStep> broken(SqliteSchema().begin(), SqliteSchema().end());
  broken.push_back({.up = "DELETE FROM entries; ALTER TABLE nothing ADD COLUMN x", .down = ""});
  SqliteOptions options = OptionsFor(folder.store());
  options.schema = broken;
  EXPECT_FALSE(OpenSqliteStore(options).ok());
  EXPECT_THAT(Entries(*OpenNow(OptionsFor(folder.store()))), ElementsAre(Pair("k", "value")));
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
