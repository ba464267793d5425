// A damaged store: what can be relied on comes back, what cannot is told, the damaged file is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/sqlite_walk.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using EntriesByKey = std::map<std::string, std::string>;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Write(const std::string& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

/// "s/7/" of "s/7/what"; others stand alone.
std::string Belonging(std::string_view key) {
  if (key.substr(0, 2) != "s/") return "";
  return std::string(key.substr(0, key.find('/', 2) + 1));
}

/// Sessions of several entries each, some of them long, and entries that stand alone.
EntriesByKey ManyEntries() {
  EntriesByKey entries;
  for (int session = 0; session < 60; ++session) {
    for (int i = 0; i < 12; ++i) {
      const size_t size = session % 20 == 7 && i == 3 ? 9'000 : static_cast<size_t>(20 + 11 * i);
      entries[absl::StrCat("s/", session * 7919 % 1'000, "/", i)] =
          std::string(size, static_cast<char>('a' + i));
    }
  }
  for (int i = 0; i < 300; ++i) entries[absl::StrCat("t/", i)] = absl::StrCat("alone ", i);
  return entries;
}

Batch PutAll(const EntriesByKey& entries) {
  Batch batch;
  for (const auto& [key, value] : entries) batch.Put(key, value);
  return batch;
}

class SqliteSalvage : public ::testing::Test {
 protected:
  SqliteOptions Options() {
    SqliteOptions options = OptionsFor(folder_.store());
    options.salvage.belonging = Belonging;
    options.salvage.lost = [this](const std::string& what) { told_ += what + "\n"; };
    return options;
  }
  /// Another process writes them and is killed: they are in the log alone.
  void WriteAndKill(const EntriesByKey& entries) {
    const pid_t child = ::fork();
    HEARTH_CHECK(child >= 0);
    if (child == 0) {
      auto store = OpenNow(Options());
      HEARTH_CHECK(CommitNow(*store, PutAll(entries)).ok());
      ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
  }
  std::vector<std::string> FilesWith(const std::string& part) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      if (entry.path().string().find(part) != std::string::npos) found.push_back(entry.path().string());
    return found;
  }
  EntriesByKey Walked(size_t* gaps) {
    const auto pages = SqlitePages::Read(folder_.store());
    SqliteWalk walk(**pages);
    walk.Run();
    *gaps = walk.gaps().size();
    EntriesByKey found;
    for (const SqliteWalk::Entry& entry : walk.entries())
      EXPECT_TRUE(found.emplace(entry.key, entry.value).second);
    return found;
  }

  const TemporaryFolder folder_;
  std::string told_;
};

TEST_F(SqliteSalvage, AWholeStoreIsWalkedWholeInItsFileAndInItsLog) {
  EntriesByKey entries = ManyEntries();
  WriteAndKill(entries);
  size_t gaps = 1;
  EXPECT_EQ(Walked(&gaps), entries);
  EXPECT_EQ(gaps, 0U);
  {
    auto store = OpenNow(Options());
    Batch batch;
    for (int i = 0; i < 300; i += 3) {
      entries.erase(absl::StrCat("t/", i));
      batch.Erase(absl::StrCat("t/", i));
    }
    ASSERT_EQ(CommitNow(*store, batch.Put("s/5/long", std::string(20'000, 'l'))), absl::OkStatus());
    entries["s/5/long"] = std::string(20'000, 'l');
  }
  EXPECT_EQ(Walked(&gaps), entries);
  EXPECT_EQ(gaps, 0U);
  EXPECT_EQ(told_, "");
}

TEST_F(SqliteSalvage, APageThatIsGoneCostsWhatItTouches) {
  const EntriesByKey entries = ManyEntries();
  HEARTH_CHECK(CommitNow(*OpenNow(Options()), PutAll(entries)).ok());
  std::string damaged = Contents(folder_.store());
  damaged.replace(20 * 4096, 4096, std::string(4096, '\x77'));
  Write(folder_.store(), damaged);

  const auto store = OpenNow(Options());
  EXPECT_THAT(told_, HasSubstr("the store was damaged"));
  EXPECT_THAT(told_, HasSubstr("cannot be read"));
  ASSERT_EQ(FilesWith(".damaged-").size(), 1U);
  EXPECT_EQ(Contents(FilesWith(".damaged-")[0]), damaged);
  EXPECT_THAT(told_, HasSubstr(FilesWith(".damaged-")[0]));
  EXPECT_GT(Entries(*store).size(), entries.size() * 3 / 4);
  EXPECT_LT(Entries(*store).size(), entries.size());
  EXPECT_EQ(CommitNow(*store, std::move(Batch().Put("k", "v"))), absl::OkStatus());
}

/// Whatever the damage is: each session is there whole or not at all, nothing is there that was not, and
/// nothing is missing without a word.
TEST_F(SqliteSalvage, NoDamageIsSilentAndNoSessionComesBackInPart) {
  const EntriesByKey entries = ManyEntries();
  HEARTH_CHECK(CommitNow(*OpenNow(Options()), PutAll(entries)).ok());
  const std::string whole = Contents(folder_.store());
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  size_t back = 0;
  for (int round = 0; round < 150; ++round) {
    for (const std::string& file : FilesWith("store.db")) fs::remove(file);
    std::string damaged = whole;
    const auto anywhere = [&](size_t end) {
      return std::uniform_int_distribution<size_t>(0, end - 1)(random);
    };
    const int changes = 1 + static_cast<int>(anywhere(3));
    for (int i = 0; i < changes; ++i) {
      switch (anywhere(4)) {
        case 0: damaged[anywhere(4096)] ^= static_cast<char>(1 << anywhere(8)); break;
        case 1: damaged[anywhere(damaged.size())] ^= static_cast<char>(1 << anywhere(8)); break;
        case 2:  // a pointer, a count or a length, most likely
          damaged[anywhere(damaged.size() / 4096) * 4096 + anywhere(40)] = static_cast<char>(anywhere(256));
          break;
        default: damaged.replace(anywhere(damaged.size() / 4096) * 4096, 4096, std::string(4096, '\0'));
      }
    }
    Write(folder_.store(), damaged);
    told_.clear();
    absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(Options());
    if (absl::IsFailedPrecondition(store.status())) continue;  // of another program, or of a newer Hearth
    ASSERT_EQ(store.status(), absl::OkStatus()) << "seed " << seed << ", round " << round;
    EntriesByKey found;
    std::set<std::string> sessions;
    ASSERT_EQ((*store)->Scan("",
                             [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                               if (!value.ok()) {
                                 told_ += absl::StrCat(value.status().message(), "\n");
                                 return;
                               }
                               found.emplace(key, *value);
                               sessions.insert(Belonging(key));
                             }),
              absl::OkStatus());
    for (const auto& [key, value] : found) {
      const auto expected = entries.find(key);
      ASSERT_TRUE(expected != entries.end() && expected->second == value) << key << ", seed " << seed;
    }
    back += found.size();
    if (found == entries) continue;
    ASSERT_NE(told_, "") << "seed " << seed << ", round " << round;
    if (told_.find("checksum does not fit") != std::string::npos)
      continue;  // a value, which its reader is told
    for (const auto& [key, value] : entries)
      ASSERT_TRUE(found.count(key) != 0 || Belonging(key).empty() || sessions.count(Belonging(key)) == 0)
          << key << " is missing, seed " << seed << ", round " << round << "\n"
          << told_;
  }
  EXPECT_GT(back, entries.size() * 150 / 2) << "most of it comes back most of the time";
}

TEST_F(SqliteSalvage, ALogThatLacksItsEndMakesSessionsDoubtful) {
  for (const bool removed : {false, true}) {
    HEARTH_CHECK(
        CommitNow(*OpenNow(Options()), std::move(Batch().Put("s/1/a", "old").Put("t/1", "old"))).ok());
    WriteAndKill({{"s/1/a", "new"}, {"s/2/a", "new"}, {"t/1", "new"}});
    const std::string log = folder_.store() + "-wal";
    ASSERT_GT(fs::file_size(log), 8'000U);
    removed ? static_cast<void>(fs::remove(log)) : fs::resize_file(log, fs::file_size(log) - 5'000);

    SqliteOptions careful = Options();
    careful.salvage = {};
    const absl::Status refused = OpenSqliteStore(careful).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("transactions that were answered"));
    told_.clear();
    const auto store = OpenNow(Options());
    EXPECT_THAT(Entries(*store), ElementsAre(Pair("t/1", "old")));
    EXPECT_THAT(told_, HasSubstr("\"s/1/\" may not be whole"));
    EXPECT_EQ(CommitNow(*store, std::move(Batch().ErasePrefix(""))), absl::OkStatus());
  }
  EXPECT_EQ(FilesWith(".damaged-").size(), 3U) << "twice the file, once with its log";
}

TEST_F(SqliteSalvage, AnUnhurtLogOfAKilledProcessIsTakenAsItIs) {
  for (int i = 0; i < 5; ++i) {
    WriteAndKill({{absl::StrCat("s/", i, "/a"), "v"}});
    if (i == 2) OpenNow(Options());  // closed, which empties the log
  }
  EXPECT_EQ(Entries(*OpenNow(Options())).size(), 5U);
  EXPECT_EQ(told_, "");
}

TEST_F(SqliteSalvage, WhatWasInterruptedIsFinished) {
  const TemporaryFolder other;
  HEARTH_CHECK(CommitNow(*OpenNow(OptionsFor(other.store())), std::move(Batch().Put("k", "salvaged"))).ok());
  WriteAndKill({{"k", "damaged"}});
  fs::copy(other.store(), folder_.store() + ".salvaged");
  EXPECT_THAT(Entries(*OpenNow(Options())), ElementsAre(Pair("k", "salvaged")));
  EXPECT_THAT(FilesWith(".salvaged"), IsEmpty());
}

TEST_F(SqliteSalvage, AStoreThatSomebodyUsesIsLeftAlone) {
  const auto store = OpenNow(Options());
  ASSERT_EQ(CommitNow(*store, std::move(Batch().Put("k", "v"))), absl::OkStatus());
  Write(folder_.path() + "/copy", Contents(folder_.store()));
  const absl::Status status =
      SalvageSqlite(folder_.store(), absl::DataLossError("damaged"), Options().salvage);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*store->Get("k"), "v");
}

TEST_F(SqliteSalvage, AStoreOfTheVersionBeforeHasNoMark) {
  HEARTH_CHECK(CommitNow(*OpenNow(Options()), std::move(Batch().Put("k", "v"))).ok());
  ASSERT_EQ(MigrateSqliteStore(Options(), 1), absl::OkStatus());
  EXPECT_FALSE((*SqliteHandle::Open(folder_.store(), SqliteHandle::Missing::kFail))
                   ->Number("SELECT transactions FROM progress")
                   .ok());
  EXPECT_THAT(Entries(*OpenNow(Options())), ElementsAre(Pair("k", "v")));
  EXPECT_EQ(told_, "");
}

}  // namespace
}  // namespace hearth::store
