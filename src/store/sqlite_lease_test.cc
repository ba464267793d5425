// Two Hearths on one store: who gets it, and that the other cannot write any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "store/store_fixture.h"

namespace hearth::store {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

SqliteOptions ShortLease(const TemporaryFolder& folder, milliseconds lease_time) {
  SqliteOptions options = OptionsFor(folder.store());
  options.lease_time = lease_time;
  options.lease_renewal = lease_time / 4;
  return options;
}

/// Another process that has the store open, and commits when it is told to.
class Holder {
 public:
  explicit Holder(const SqliteOptions& options) {
    HEARTH_CHECK(::pipe(orders_) == 0 && ::pipe(answers_) == 0);
    pid_ = ::fork();
    HEARTH_CHECK(pid_ >= 0);
    if (pid_ == 0) Serve(options);
    ::close(answers_[1]);
    HEARTH_CHECK(Answer() == absl::StatusCode::kOk) << "the store did not open";
  }
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
  [[noreturn]] void Serve(const SqliteOptions& options) {
    std::unique_ptr<Store> store = OpenNow(options);
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

TEST(SqliteLease, ASecondHearthIsRefusedByTheNameOfTheFirst) {
  const TemporaryFolder folder;
  Holder holder(OptionsFor(folder.store()));
  const absl::Status status = OpenSqliteStore(OptionsFor(folder.store())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another Hearth (process "));
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kOk) << "whoever was refused has done no harm";
}

TEST(SqliteLease, ASecondStoreOfTheSameProcessIsRefusedToo) {
  const TemporaryFolder folder;
  const auto first = OpenNow(OptionsFor(folder.store()));
  EXPECT_EQ(OpenSqliteStore(OptionsFor(folder.store())).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CommitNow(*first, std::move(Batch().Put("k", "v"))), absl::OkStatus());
}

TEST(SqliteLease, AfterACleanEndTheNextMayComeAtOnce) {
  const TemporaryFolder folder;
  Holder holder(OptionsFor(folder.store()));
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  holder.Close();
  EXPECT_EQ(Entries(*OpenNow(OptionsFor(folder.store()))).size(), 1U);
}

TEST(SqliteLease, AfterAKillTheNextMayComeAtOnce) {
  const TemporaryFolder folder;
  Holder holder(OptionsFor(folder.store()));
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  holder.Kill();
  EXPECT_EQ(Entries(*OpenNow(OptionsFor(folder.store()))).size(), 1U);
}

TEST(SqliteLease, RenewalsKeepItForMuchLongerThanItsTime) {
  const TemporaryFolder folder;
  const SqliteOptions options = ShortLease(folder, milliseconds(400));
  Holder holder(options);
  std::this_thread::sleep_for(milliseconds(1'500));
  EXPECT_EQ(OpenSqliteStore(options).status().code(), absl::StatusCode::kFailedPrecondition);
}

/// The store, once the holder has been stopped for longer than its lease. It may have been stopped in the
/// middle of a renewal, with SQLite's lock in its hands: then it runs a little further.
std::unique_ptr<Store> TakeFromStopped(Holder& holder, const SqliteOptions& options) {
  for (;;) {
    holder.Stop();
    std::this_thread::sleep_for(options.lease_time + milliseconds(50));
    absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(options);
    if (store.ok()) return *std::move(store);
    HEARTH_CHECK(absl::IsUnavailable(store.status())) << store.status().ToString();
    holder.Continue();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

TEST(SqliteLease, AHolderThatWasStoppedForTooLongIsFencedOffForEver) {
  const TemporaryFolder folder;
  const SqliteOptions options = ShortLease(folder, milliseconds(400));
  Holder holder(options);
  ASSERT_EQ(holder.Commit(), absl::StatusCode::kOk);
  auto successor = TakeFromStopped(holder, options);
  ASSERT_EQ(CommitNow(*successor, std::move(Batch().Put("written by", "successor"))), absl::OkStatus());
  holder.Continue();
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(holder.Commit(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*successor->Get("written by"), "successor");

  // Neither its end nor its closing of the store takes anything from the successor.
  holder.Close();
  EXPECT_EQ(CommitNow(*successor, std::move(Batch().Put("k", "v"))), absl::OkStatus());
  EXPECT_EQ(OpenSqliteStore(options).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace hearth::store
