#include "gateway/kept_history.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "store/sqlite_store.h"

namespace hearth::gateway {
namespace {

class KeptHistoryTest : public testing::Test {
 protected:
  KeptHistoryTest() {
    std::string pattern = testing::TempDir() + "/hearth-history-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~KeptHistoryTest() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<store::Store> OpenStore() {
    auto store = store::OpenSqliteStore({.path = directory_ + "/store.db"});
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  std::unique_ptr<KeptHistory> Open(size_t most = 100) {
    return std::make_unique<KeptHistory>(OpenStore(), placement::History::Limits{.fingerprints_max = most},
                                         [this](const std::string& what) { lost_ += what + "\n"; });
  }
  static void Add(KeptHistory& history, const std::string& fingerprint) {
    history.Add({fingerprint, "native"}, "1", {.work = 2.0});
  }

  std::string directory_;
  std::string lost_;
};

TEST_F(KeptHistoryTest, TheNextServerKnowsWhatThisOneHasLearnt) {
  auto history = Open();
  Add(*history, "a");
  history = nullptr;
  history = Open();
  EXPECT_EQ(history->history().Runs({"a", "native"}), 1u);
  EXPECT_EQ(lost_, "");
}

TEST_F(KeptHistoryTest, WhatMakesRoomGoesFromTheStoreToo) {
  auto history = Open(2);
  for (const char* fingerprint : {"a", "b", "c"}) {
    Add(*history, fingerprint);
    history->Keep();
  }
  history->Keep();
  history = nullptr;
  history = Open(100);
  EXPECT_EQ(history->history().Runs({"a", "native"}), 0u);
  EXPECT_EQ(history->history().size(), 2u);
}

TEST_F(KeptHistoryTest, WhatCannotBeReadIsToldAndRemoved) {
  auto history = Open();
  Add(*history, "a");
  history = nullptr;
  {
    const auto store = OpenStore();
    store::Batch batch;
    batch.Put("history/b", "of a later version");
    store->Commit(std::move(batch), [](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  }
  history = Open();
  EXPECT_EQ(history->history().Runs({"a", "native"}), 1u);
  EXPECT_NE(lost_.find("1 kinds"), std::string::npos) << lost_;
  history = nullptr;
  lost_.clear();
  history = Open();
  EXPECT_EQ(lost_, "");
}

}  // namespace
}  // namespace hearth::gateway
