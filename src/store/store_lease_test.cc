// Two Hearths on one store: who gets it, and that the other cannot write any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "store/store_kinds.h"

namespace hearth::store {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// Another process that has the store open, and commits when it is told to.
class Holder {
 public:
  explicit Holder(const std::function<std::unique_ptr<Store>()>& open) {
    HEARTH_CHECK(::pipe(orders_) == 0 && ::pipe(answers_) == 0);
    pid_ = ::fork();
    HEARTH_CHECK(pid_ >= 0);
    if (pid_ == 0) Serve(open);
    ::close(answers_[1]);
    HEARTH_CHECK(Answer() == absl::StatusCode::kOk) << "the store did not open";
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    if (pid_ > 0) Kill();
    for (const int fd : {orders_[0], orders_[1], answers_[0]}) ::close(fd);
  }

  absl::StatusCode Commit() {
    Order('c');
    return Answer();
  }
  /// Closes the store and ends.
  void Close() {
    Order('q');
    Wait();
  }
  void Kill() {
    ::kill(pid_, SIGKILL);
    Wait();
  }
  void Stop() {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void Continue() { ::kill(pid_, SIGCONT); }

 private:
  [[noreturn]] void Serve(const std::function<std::unique_ptr<Store>()>& open) {
    std::unique_ptr<Store> store = open();
    Tell(absl::StatusCode::kOk);
    char order;
    while (::read(orders_[0], &order, 1) == 1 && order == 'c')
      Tell(CommitNow(*store, std::move(Batch().Put("written by", "holder"))).code());
    store.reset();
    ::_exit(0);
  }
  void Order(char order) { HEARTH_CHECK(::write(orders_[1], &order, 1) == 1); }
  void Tell(absl::StatusCode code) {
    const char answer = static_cast<char>(code);
    HEARTH_CHECK(::write(answers_[1], &answer, 1) == 1);
  }
  absl::StatusCode Answer() {
    char answer = static_cast<char>(absl::StatusCode::kUnknown);
    return ::read(answers_[0], &answer, 1) == 1 ? static_cast<absl::StatusCode>(answer)
                                                : absl::StatusCode::kUnknown;
  }
  void Wait() {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  int orders_[2];
  int answers_[2];
  pid_t pid_ = -1;
};

class StoreLease : public ::testing::TestWithParam<Kind> {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open() { return GetParam().open(folder_, settings_); }
  std::unique_ptr<Store> OpenNow() {
    absl::StatusOr<std::unique_ptr<Store>> store = Open();
    HEARTH_CHECK(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  Holder Hold() {
    OpenNow();  // A server that the stores share is this process's, not the holder's.
    return Holder([this] { return OpenNow(); });
  }
  absl::Status Put(Store& store) { return CommitNow(store, std::move(Batch().Put("k", "v"))); }

  /// The store, once the holder has been stopped for longer than its lease. It may have been stopped in the
  /// middle of a renewal, with a lock of the database in its hands: then it runs a little further.
  std::unique_ptr<Store> TakeFromStopped(Holder& holder) {
    for (;;) {
      holder.Stop();
      std::this_thread::sleep_for(settings_.lease_time + milliseconds(50));
      absl::StatusOr<std::unique_ptr<Store>> store = Open();
      if (store.ok()) return *std::move(store);
      HEARTH_CHECK(absl::IsUnavailable(store.status())) << store.status().ToString();
      holder.Continue();
      std::this_thread::sleep_for(milliseconds(10));
    }
  }

  const TemporaryFolder folder_;
  StoreSettings settings_;
};

TEST_P(StoreLease, ASecondHearthIsRefusedByTheNameOfTheFirst) {
  Holder holder = Hold();
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another Hearth (process "));
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kOk) << "whoever was refused has done no harm";
}

TEST_P(StoreLease, ASecondStoreOfTheSameProcessIsRefusedToo) {
  const auto first = OpenNow();
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Put(*first), absl::OkStatus());
}

TEST_P(StoreLease, AfterACleanEndTheNextMayComeAtOnce) {
  Holder holder = Hold();
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  holder.Close();
  EXPECT_EQ(Entries(*OpenNow()).size(), 1U);
}

TEST_P(StoreLease, AfterAKillTheNextMayComeAtOnce) {
  Holder holder = Hold();
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  holder.Kill();
  EXPECT_EQ(Entries(*OpenNow()).size(), 1U);
}

TEST_P(StoreLease, RenewalsKeepItForMuchLongerThanItsTime) {
  settings_.lease_time = milliseconds(400);
  const Holder holder = Hold();
  std::this_thread::sleep_for(milliseconds(1'500));
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(StoreLease, AHolderThatWasStoppedForTooLongIsFencedOffForEver) {
  settings_.lease_time = milliseconds(400);
  Holder holder = Hold();
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  const auto successor = TakeFromStopped(holder);
  ASSERT_EQ(CommitNow(*successor, std::move(Batch().Put("written by", "successor"))), absl::OkStatus());
  holder.Continue();
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*successor->Get("written by"), "successor");

  // Neither its end nor its closing of the store takes anything from the successor.
  holder.Close();
  EXPECT_EQ(Put(*successor), absl::OkStatus());
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreLease, ::testing::Values(SqliteKind(), PostgresKind()), NameOf);

}  // namespace
}  // namespace hearth::store
