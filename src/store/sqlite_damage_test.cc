// Bytes that change on the disk: found, named, and no harm to the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Changes one bit of the one place where the closed store has these bytes.
void FlipBitIn(const std::string& path, const std::string& bytes) {
  std::string content = Contents(path);
  const size_t at = content.find(bytes);
  HEARTH_CHECK(at != std::string::npos && content.find(bytes, at + 1) == std::string::npos) << bytes;
  content[at + bytes.size() / 2] ^= 0x10;
  std::ofstream(path, std::ios::binary) << content;
}

/// A closed store with sessions "s/0" to "s/9" whose values say who they are.
void MakeSessions(const TemporaryFolder& folder) {
  Batch batch;
  for (int i = 0; i < 10; ++i) batch.Put(absl::StrCat("s/", i), absl::StrCat("state of session ", i, "."));
  HEARTH_CHECK(CommitNow(*OpenNow(OptionsFor(folder.store())), std::move(batch)).ok());
}

TEST(SqliteDamage, AFlippedBitOfAValueCostsThatEntryAlone) {
  const TemporaryFolder folder;
  MakeSessions(folder);
  FlipBitIn(folder.store(), "state of session 4.");
  const auto store = OpenNow(OptionsFor(folder.store()));
  std::vector<std::string> whole, damaged;
  EXPECT_EQ(store->Scan("s/",
                        [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                          (value.ok() ? whole : damaged).emplace_back(key);
                          if (value.ok()) return;
                          EXPECT_EQ(value.status().code(), absl::StatusCode::kDataLoss);
                          EXPECT_THAT(std::string(value.status().message()), HasSubstr("\"s/4\""));
                        }),
            absl::OkStatus());
  EXPECT_THAT(damaged, ElementsAre("s/4"));
  EXPECT_EQ(whole.size(), 9U);
  EXPECT_EQ(store->Get("s/4").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*store->Get("s/5"), "state of session 5.");
}

TEST(SqliteDamage, ADamagedEntryCanBeErasedOrWrittenAgain) {
  const TemporaryFolder folder;
  MakeSessions(folder);
  FlipBitIn(folder.store(), "state of session 4.");
  FlipBitIn(folder.store(), "state of session 5.");
  const auto store = OpenNow(OptionsFor(folder.store()));
  EXPECT_EQ(
      CommitNow(*store, std::move(Batch().RequireValue("s/4", "state of session 4.").Erase("s/4"))).code(),
      absl::StatusCode::kAborted)
      << "what is damaged has not the value that it had";
  EXPECT_EQ(CommitNow(*store, std::move(Batch().Erase("s/4").Put("s/5", "new"))), absl::OkStatus());
  EXPECT_EQ(Entries(*store).size(), 9U);
}

TEST(SqliteDamage, AFlippedBitOfAKeyIsRefused) {
  const TemporaryFolder folder;
  HEARTH_CHECK(
      CommitNow(*OpenNow(OptionsFor(folder.store())), std::move(Batch().Put("a/unmistakable", "v"))).ok());
  FlipBitIn(folder.store(), "a/unmistakable");
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"a/unmis"));
}

TEST(SqliteDamage, AFileThatWasCutIsRefused) {
  const TemporaryFolder folder;
  Batch batch;
  for (int i = 0; i < 2'000; ++i) batch.Put(absl::StrCat("k/", i), std::string(100, 'v'));
  HEARTH_CHECK(CommitNow(*OpenNow(OptionsFor(folder.store())), std::move(batch)).ok());
  std::filesystem::resize_file(folder.store(), std::filesystem::file_size(folder.store()) / 8192 * 4096);
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("store.db"));
}

TEST(SqliteDamage, ATreeWithAWrongPageIsRefusedBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  Batch batch;
  for (int i = 0; i < 2'000; ++i) batch.Put(absl::StrCat("k/", i), std::string(100, 'v'));
  HEARTH_CHECK(CommitNow(*OpenNow(OptionsFor(folder.store())), std::move(batch)).ok());
  {
    std::fstream file(folder.store(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(20 * 4096);
    file << std::string(4096, '\x77');
  }
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

/// How a damaged store was found: refused; opened, with what is not right flagged by key; or opened as if it
/// were whole, which it is not.
enum class Found { kRefused, kFlaggedOrWhole, kSilentlyWrong };

Found LookAt(const std::string& path, std::map<std::string, std::string> expected) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(OptionsFor(path));
  if (!store.ok()) {
    // The bits that say whose file it is and of what version make it a foreign or a newer one.
    EXPECT_TRUE(absl::IsDataLoss(store.status()) || absl::IsFailedPrecondition(store.status()))
        << store.status();
    return Found::kRefused;
  }
  bool wrong = false;
  for (const char* prefix : {"a/", "m/", "z/"}) {
    const auto row = [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
      const auto found = expected.find(std::string(key));
      wrong = wrong || found == expected.end() || (value.ok() && *value != found->second);
      if (found != expected.end()) expected.erase(found);
    };
    wrong = !(*store)->Scan(prefix, row).ok() || wrong;
  }
  return wrong || !expected.empty() ? Found::kSilentlyWrong : Found::kFlaggedOrWhole;
}

TEST(SqliteDamage, NoFlippedBitIsSilent) {
  const TemporaryFolder folder;
  std::map<std::string, std::string> expected;
  Batch batch;
  for (const char* prefix : {"a/", "m/", "z/"}) {
    for (int i = 0; i < 60; ++i) {
      const std::string key = absl::StrCat(prefix, i * 7919 % 1'000);
      expected[key] = std::string(static_cast<size_t>(i == 30 ? 9'000 : 40 + i), 'v');
      batch.Put(key, expected[key]);
    }
  }
  HEARTH_CHECK(CommitNow(*OpenNow(OptionsFor(folder.store())), std::move(batch)).ok());
  const std::string whole = Contents(folder.store());
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  std::map<Found, int> outcomes;
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    // Every fourth in the first page: it has the header and the text that describes the tables.
    const size_t bytes = i % 4 == 0 ? 4'096 : whole.size();
    const size_t bit = std::uniform_int_distribution<size_t>(0, bytes * 8 - 1)(random);
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const std::string path = folder.path() + "/damaged.db";
    std::ofstream(path, std::ios::binary) << damaged;
    const Found found = LookAt(path, expected);
    ++outcomes[found];
    ASSERT_TRUE(found != Found::kSilentlyWrong && !HasFailure())
        << "byte " << bit / 8 << ", bit " << bit % 8 << ", seed " << seed;
    for (const char* suffix : {"", "-wal", "-shm", "-lease"}) std::filesystem::remove(path + suffix);
  }
  RecordProperty("refused", outcomes[Found::kRefused]);
  EXPECT_GT(outcomes[Found::kFlaggedOrWhole], outcomes[Found::kRefused]) << "most bits are those of values";
}

TEST(SqliteDamage, AFileThatIsRemovedWhileInUseTakesNoMoreCommits) {
  const TemporaryFolder folder;
  const auto store = OpenNow(OptionsFor(folder.store()));
  ASSERT_EQ(CommitNow(*store, std::move(Batch().Put("k", "v"))), absl::OkStatus());
  std::filesystem::remove(folder.store());
  const absl::Status status = CommitNow(*store, std::move(Batch().Put("k", "w")));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("removed or replaced"));
}

}  // namespace
}  // namespace hearth::store
