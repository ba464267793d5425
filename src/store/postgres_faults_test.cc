// What becomes of commits when the server, or the connection to it, does not hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/postgres_fixture.h"

namespace hearth::store {
namespace {

using std::chrono::milliseconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class PostgresFaults : public ::testing::Test {
 protected:
  PostgresFaults() : options_(server_.Options(SchemaOf(folder_))) {}

  std::unique_ptr<Store> OpenNow() {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenPostgresStore(options_);
    HEARTH_CHECK(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  /// Statements in the store's tables.
  std::string Execute(const std::string& sql) { return server_.Execute(SchemaOf(folder_), sql); }
  static absl::Status Put(Store& store, const std::string& key, const std::string& value) {
    return CommitNow(store, std::move(Batch().Put(key, value)));
  }
  /// The next number, which is right only if every commit before it happened exactly once.
  static absl::Status Increment(Store& store, int number) {
    return CommitNow(
        store,
        std::move(
            Batch().RequireValue("counter", absl::StrCat(number)).Put("counter", absl::StrCat(number + 1))));
  }

  PostgresServer& server_ = PostgresServer::Shared();
  const TemporaryFolder folder_;
  PostgresOptions options_;
};

TEST_F(PostgresFaults, AConnectionThatBreaksLosesAndDoublesNothing) {
  const auto store = OpenNow();
  ASSERT_EQ(Put(*store, "counter", "0"), absl::OkStatus());
  std::atomic<bool> stop{false};
  std::thread breaker([&] {
    while (!stop) {
      server_.Disconnect();
      std::this_thread::sleep_for(milliseconds(3));
    }
  });
  int number = 0;
  // A read for a precondition that is cut off is told as such: only a commit is looked up.
  for (int asked = 0; asked < 60; ++asked) {
    const absl::Status status = Increment(*store, number);
    ASSERT_THAT(status.code(), AnyOf(absl::StatusCode::kOk, absl::StatusCode::kUnavailable)) << status;
    if (status.ok()) ++number;
  }
  stop = true;
  breaker.join();
  EXPECT_EQ(*store->Get("counter"), absl::StrCat(number));
  EXPECT_GT(number, 0);
}

TEST_F(PostgresFaults, WhileTheServerIsStartedAnewWritersOnlyWait) {
  const auto store = OpenNow();
  constexpr int kWriters = 8;
  std::atomic<bool> stop{false};
  std::vector<int> answered(kWriters);
  std::vector<std::thread> writers;
  for (size_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      while (!stop) {
        const absl::Status status = Put(*store, absl::StrCat("w/", writer, "/", answered[writer]), "v");
        EXPECT_EQ(status, absl::OkStatus());
        if (status.ok()) ++answered[writer];
      }
    });
  }
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    server_.Restart();
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  size_t all = 0;
  for (const int count : answered) all += static_cast<size_t>(count);
  EXPECT_EQ(Entries(*store, "w/").size(), all) << "a reader's connection is made anew, too";
  EXPECT_GT(all, size_t{kWriters});
}

TEST_F(PostgresFaults, AServerThatHangsIsAnErrorBeforeAnythingIsSent) {
  options_.silence_max = milliseconds(200);
  options_.reconnect_time = milliseconds(300);
  const auto store = OpenNow();
  ASSERT_EQ(Put(*store, "k", "first"), absl::OkStatus());
  std::this_thread::sleep_for(milliseconds(60));  // a connection that was just used is not asked first
  server_.Stop();
  const absl::Status status = Put(*store, "k", "hanging");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("said nothing for 200 ms"));
  server_.Continue();
  EXPECT_EQ(*store->Get("k"), "first") << "what was told to have failed does not come later";
  ASSERT_EQ(Put(*store, "k", "last"), absl::OkStatus());
  EXPECT_EQ(*store->Get("k"), "last");
}

TEST_F(PostgresFaults, WhatIsInDoubtIsAnsweredWhenItIsKnown) {
  options_.silence_max = milliseconds(100);
  options_.reconnect_time = milliseconds(0);
  const auto store = OpenNow();
  ASSERT_EQ(Put(*store, "counter", "0"), absl::OkStatus());
  constexpr int kCommits = 120;
  int number = 0;
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    while (!stop) {
      server_.Stop();
      std::this_thread::sleep_for(milliseconds(150));
      server_.Continue();
      std::this_thread::sleep_for(milliseconds(40));
    }
  });
  for (int i = 0; i < kCommits; ++i) {
    const absl::Status status = Put(*store, "counter", absl::StrCat(number + 1));
    ASSERT_THAT(status.code(), AnyOf(absl::StatusCode::kOk, absl::StatusCode::kUnavailable)) << status;
    if (status.ok()) {
      ++number;
      continue;
    }
    absl::StatusOr<std::string> now = store->Get("counter");
    while (!now.ok()) now = store->Get("counter");
    ASSERT_EQ(*now, absl::StrCat(number)) << "it was told not to have happened";
  }
  stop = true;
  stopper.join();
  EXPECT_EQ(*store->Get("counter"), absl::StrCat(number));
}

TEST_F(PostgresFaults, AStoreThatIsClosedDoesNotWaitForWhatMayNeverCome) {
  options_.silence_max = milliseconds(100);
  options_.reconnect_time = milliseconds(0);
  auto store = OpenNow();
  ASSERT_EQ(Put(*store, "k", "v"), absl::OkStatus());
  absl::Status told;
  server_.Stop();
  store->Commit(std::move(Batch().Put("k", "w")), [&told](const absl::Status& status) { told = status; });
  store.reset();
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
  server_.Continue();
}

TEST_F(PostgresFaults, AServerThatIsAwayIsAClearErrorUntilItIsBack) {
  options_.reconnect_time = milliseconds(100);
  const auto store = OpenNow();
  ASSERT_EQ(Put(*store, "before", "v"), absl::OkStatus());
  std::this_thread::sleep_for(milliseconds(60));  // so that nothing of what follows is sent, and in doubt
  server_.Kill();
  const absl::Status status = Put(*store, "during", "v");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be reached"));
  EXPECT_EQ(store->Get("before").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(OpenPostgresStore(options_).status().code(), absl::StatusCode::kUnavailable);
  server_.Start();
  EXPECT_EQ(Put(*store, "after", "v"), absl::OkStatus());
  EXPECT_EQ(*store->Get("before"), "v");
}

TEST_F(PostgresFaults, AStoreThatWentBackInTimeTakesNoMoreCommits) {
  const auto store = OpenNow();
  ASSERT_EQ(Put(*store, "k", "1"), absl::OkStatus());
  const std::string then = Execute("SELECT commit_id FROM hearth_store");
  ASSERT_EQ(Put(*store, "k", "2"), absl::OkStatus());
  Execute(absl::StrCat("UPDATE hearth_store SET commit_id = ", then));
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = Put(*store, "k", "3");
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("gone back to an earlier state"));
  }
  EXPECT_EQ(*store->Get("k"), "2");
}

TEST_F(PostgresFaults, AChangedValueCostsItsEntryAndAChangedKeyIsNoticed) {
  const auto store = OpenNow();
  ASSERT_EQ(CommitNow(*store, std::move(Batch().Put("a", "1").Put("b", "2").Put("c", "3"))),
            absl::OkStatus());
  Execute("UPDATE hearth_entries SET value = 'x' WHERE key = 'b'");
  EXPECT_EQ(store->Get("b").status().code(), absl::StatusCode::kDataLoss);
  std::set<std::string> damaged;
  const auto row = [&damaged](std::string_view key, const absl::StatusOr<std::string_view>& value) {
    if (!value.ok()) damaged.insert(std::string(key));
  };
  EXPECT_EQ(store->Scan("", row), absl::OkStatus());
  EXPECT_EQ(damaged, std::set<std::string>{"b"});
  Execute("UPDATE hearth_entries SET key = 'd' WHERE key = 'c'");
  const absl::Status status = store->Scan("", row);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the key \"d\" was another one"));
}

TEST_F(PostgresFaults, ADatabaseThatMayOnlyBeReadIsRefused) {
  options_.target =
      *ParsePostgresUrl(server_.Url(SchemaOf(folder_)) + "%20-cdefault_transaction_read_only%3Don");
  const absl::Status status = OpenPostgresStore(options_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("read-only transaction"));
}

}  // namespace
}  // namespace hearth::store
