// What every kind of store does, as store.h says it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/store_kinds.h"

namespace hearth::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  StoreContract() { Open(); }

  void Open(size_t queue_bytes_max = kQueueBytesMax) {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> store =
        GetParam().open(folder_, {.queue_bytes_max = queue_bytes_max});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  absl::Status Commit(Batch batch) { return CommitNow(*store_, std::move(batch)); }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

Batch Put(std::string key, std::string value) {
  return std::move(Batch().Put(std::move(key), std::move(value)));
}

TEST_P(StoreContract, KeysAndValuesAreAnyBytesAndKeysAreInOrder) {
  const std::string zero("\0", 1);
  const std::string every("a\0\n'\xff\xfe", 6);
  Batch batch;
  batch.Put("b", "2")
      .Put(zero, "zero")
      .Put("", "empty key")
      .Put("\xff", "last")
      .Put("a", "")
      .Put("ab", every);
  ASSERT_EQ(Commit(batch), absl::OkStatus());

  std::vector<std::pair<std::string, std::string>> rows;
  ASSERT_EQ(store_->Scan("",
                         [&rows](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                           rows.emplace_back(key, *value);
                         }),
            absl::OkStatus());
  EXPECT_THAT(rows, ElementsAre(Pair("", "empty key"), Pair(zero, "zero"), Pair("a", ""), Pair("ab", every),
                                Pair("b", "2"), Pair("\xff", "last")));
  EXPECT_EQ(*store_->Get("ab"), every);
  EXPECT_EQ(*store_->Get(""), "empty key");
  EXPECT_EQ(store_->Get("c").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, PrefixesEndWhereTheNextKeyBegins) {
  Batch batch;
  for (const char* key : {"a", "a\xff", "a\xff\xff", "b", "\xff", "\xff\xff"}) batch.Put(key, key);
  ASSERT_EQ(Commit(batch), absl::OkStatus());
  EXPECT_THAT(Entries(*store_, "a"),
              ElementsAre(Pair("a", "a"), Pair("a\xff", "a\xff"), Pair("a\xff\xff", "a\xff\xff")));
  EXPECT_THAT(Entries(*store_, "a\xff\xff"), ElementsAre(Pair("a\xff\xff", "a\xff\xff")));
  EXPECT_THAT(Entries(*store_, "\xff"), ElementsAre(Pair("\xff", "\xff"), Pair("\xff\xff", "\xff\xff")));

  ASSERT_EQ(Commit(Batch().ErasePrefix("a\xff")), absl::OkStatus());
  EXPECT_THAT(Entries(*store_), ElementsAre(Pair("a", "a"), Pair("b", "b"), Pair("\xff", "\xff"),
                                            Pair("\xff\xff", "\xff\xff")));
  ASSERT_EQ(Commit(Batch().ErasePrefix("\xff")), absl::OkStatus());
  EXPECT_THAT(Entries(*store_), ElementsAre(Pair("a", "a"), Pair("b", "b")));
  ASSERT_EQ(Commit(Batch().ErasePrefix("")), absl::OkStatus());
  EXPECT_THAT(Entries(*store_), ElementsAre());
}

TEST_P(StoreContract, StepsHappenInTheirOrder) {
  ASSERT_EQ(Commit(Batch().Put("s/1", "old").Put("s/2", "old")), absl::OkStatus());
  ASSERT_EQ(Commit(Batch().Put("s/3", "gone").ErasePrefix("s/").Put("s/1", "a").Put("s/1", "b").Erase("t")),
            absl::OkStatus());
  EXPECT_THAT(Entries(*store_), ElementsAre(Pair("s/1", "b")));
}

TEST_P(StoreContract, APreconditionThatFailsSparesNothingOfItsBatchAndAllOfTheOthers) {
  ASSERT_EQ(Commit(Put("version", "1")), absl::OkStatus());
  std::vector<absl::Status> told(3);
  std::atomic<int> waiting{3};
  const auto tell = [&](size_t i) {
    return [&, i](absl::Status status) {
      told[i] = std::move(status);
      --waiting;
      waiting.notify_all();
    };
  };
  store_->Commit(Put("before", "x"), tell(0));
  store_->Commit(Batch().Put("half", "x").ErasePrefix("v").RequireAbsent("free").RequireValue("version", "2"),
                 tell(1));
  store_->Commit(Put("after", "x"), tell(2));
  for (int left = waiting; left != 0; left = waiting) waiting.wait(left);
  EXPECT_EQ(told[0], absl::OkStatus());
  EXPECT_EQ(told[1].code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(told[1].message()), HasSubstr("\"version\""));
  EXPECT_EQ(told[2], absl::OkStatus());
  EXPECT_THAT(Entries(*store_), ElementsAre(Pair("after", "x"), Pair("before", "x"), Pair("version", "1")));
}

TEST_P(StoreContract, PreconditionsAreAboutPresenceAndExactValue) {
  EXPECT_EQ(Commit(Batch().RequireValue("k", "")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Commit(Put("k", "").RequireAbsent("k")), absl::OkStatus());
  EXPECT_EQ(Commit(Put("k", "x").RequireAbsent("k")).code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Commit(Put("k", "1").RequireValue("k", "")), absl::OkStatus());
  EXPECT_EQ(Commit(Batch().Erase("k").RequireValue("k", std::string("1\0", 2))).code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(Commit(Batch().Erase("k").RequireValue("k", "1")), absl::OkStatus());
  EXPECT_EQ(Commit(Batch().RequireAbsent("k")), absl::OkStatus());
}

TEST_P(StoreContract, CompareAndSetLosesNoIncrement) {
  ASSERT_EQ(Commit(Put("counter", "0")), absl::OkStatus());
  constexpr int kThreads = 8, kEach = 10;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int done = 0; done < kEach;) {
        const std::string now = *store_->Get("counter");
        const absl::Status status =
            Commit(Put("counter", absl::StrCat(std::stoi(now) + 1)).RequireValue("counter", now));
        if (status.ok())
          ++done;
        else
          EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*store_->Get("counter"), absl::StrCat(kThreads * kEach));
}

TEST_P(StoreContract, DoneComesInOrderOnOneThreadOfTheStores) {
  constexpr int kCommits = 500;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  for (int i = 0; i < kCommits; ++i) {
    Batch batch = Put(absl::StrCat("k", i), "v");
    if (i % 7 == 0) batch.RequireAbsent("k0");  // some fail, in their turn
    store_->Commit(std::move(batch), [&, i](const absl::Status& status) {
      EXPECT_EQ(status.ok(), i % 7 != 0 || i == 0) << i << ": " << status;
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  }
  ASSERT_EQ(Commit({}), absl::OkStatus());  // a mark: everything before it is done
  ASSERT_EQ(order.size(), kCommits);
  for (int i = 0; i < kCommits; ++i) {
    EXPECT_EQ(order[static_cast<size_t>(i)], i);
    EXPECT_EQ(threads[static_cast<size_t>(i)], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST_P(StoreContract, DoneMayCommitAndTheDestructorFinishesThatToo) {
  std::atomic<int> told{0};
  Store* const owned = store_.release();  // a unique_ptr forgets its store before that has ended
  std::function<void(absl::Status)> chain = [&](const absl::Status& status) {
    EXPECT_EQ(status, absl::OkStatus());
    if (++told < 5) owned->Commit(Put(absl::StrCat("chain/", told.load()), "v"), chain);
  };
  owned->Commit(Put("chain/0", "v"), chain);
  delete owned;
  EXPECT_EQ(told, 5);
  Open();
  EXPECT_EQ(Entries(*store_, "chain/").size(), 5U);
}

TEST_P(StoreContract, SixtyFourWritersLoseNothing) {
  constexpr int kWriters = 64, kEach = 20;
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([this, w] {
      for (int i = 0; i < kEach; ++i)
        EXPECT_EQ(Commit(Put(absl::StrCat("w/", w, "/", i), absl::StrCat(i))), absl::OkStatus());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Entries(*store_, "w/").size(), size_t{kWriters * kEach});
  Open();
  EXPECT_EQ(Entries(*store_, "w/").size(), size_t{kWriters * kEach});
}

TEST_P(StoreContract, AScanSeesOneMoment) {
  const auto both = [](int i) {
    return std::move(Batch().Put("pair/a", absl::StrCat(i)).Put("pair/b", absl::StrCat(i)));
  };
  ASSERT_EQ(Commit(both(0)), absl::OkStatus());
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 1; !stop; ++i) EXPECT_EQ(Commit(both(i)), absl::OkStatus());
  });
  for (int i = 0; i < 300; ++i) {
    const auto pair = Entries(*store_, "pair/");
    EXPECT_EQ(pair.at("pair/a"), pair.at("pair/b"));
  }
  stop = true;
  writer.join();
}

TEST_P(StoreContract, ARowMayReadAndWrite) {
  ASSERT_EQ(Commit(Batch().Put("a/1", "x").Put("a/2", "y")), absl::OkStatus());
  int rows = 0;
  ASSERT_EQ(store_->Scan("a/",
                         [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                           ++rows;
                           EXPECT_EQ(*store_->Get(key), *value);
                           EXPECT_EQ(Commit(Put(absl::StrCat("a/3/", rows), "new")), absl::OkStatus());
                           EXPECT_EQ(Entries(*store_, "a/").size(), static_cast<size_t>(2 + rows));
                         }),
            absl::OkStatus());
  EXPECT_EQ(rows, 2) << "what was written during the scan is of a later moment";
}

TEST_P(StoreContract, TheQueueIsBoundedByBytes) {
  constexpr size_t kMax = 10'000;
  Open(kMax);
  EXPECT_EQ(Commit(Put("k", std::string(kMax - 1, 'x'))), absl::OkStatus()) << "exactly the limit";
  EXPECT_EQ(Commit(Put("k", std::string(kMax, 'x'))).code(), absl::StatusCode::kResourceExhausted);

  // The store's thread waits inside of `done`, so what comes now stays in the queue.
  std::promise<void> entered, leave;
  store_->Commit({}, [&](const absl::Status&) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  std::vector<absl::StatusCode> told;
  const auto tell = [&told](const absl::Status& status) { told.push_back(status.code()); };
  for (const char* key : {"a", "b", "c"}) store_->Commit(Put(key, std::string(kMax / 2 - 1, 'x')), tell);
  store_->Commit({}, tell);
  leave.set_value();
  ASSERT_EQ(Commit({}), absl::OkStatus()) << "a mark always fits";
  EXPECT_EQ(Commit(Put("room", "again")), absl::OkStatus());
  EXPECT_THAT(told, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk,
                                absl::StatusCode::kResourceExhausted, absl::StatusCode::kOk));
  EXPECT_EQ(store_->Get("c").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, AKeyIsAsLongAsItMayBe) {
  const std::string longest(kKeyBytesMax, '\xfe');
  EXPECT_EQ(Commit(Put(longest, "v")), absl::OkStatus());
  EXPECT_EQ(*store_->Get(longest), "v");
  const absl::Status refused = Commit(Put(longest + "x", "v").Put("other", "v"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
  EXPECT_EQ(Entries(*store_).size(), 1U);
}

TEST_P(StoreContract, LargeValuesAndManyEntriesComeBack) {
  const std::string large(size_t{3} << 20, 'L');
  Batch batch;
  for (int i = 0; i < 20'000; ++i) batch.Put(absl::StrCat("n/", i), absl::StrCat(i));
  ASSERT_EQ(Commit(std::move(batch.Put("large", large))), absl::OkStatus());
  Open();
  EXPECT_EQ(*store_->Get("large"), large);
  const auto entries = Entries(*store_, "n/");
  EXPECT_EQ(entries.size(), 20'000U);
  EXPECT_EQ(entries.at("n/19999"), "19999");
  ASSERT_EQ(Commit(Batch().ErasePrefix("n/")), absl::OkStatus());
  EXPECT_EQ(Entries(*store_).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::Values(SqliteKind(), PostgresKind()), NameOf);

}  // namespace
}  // namespace hearth::store
