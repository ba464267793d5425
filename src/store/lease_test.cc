#include "store/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/life_lock.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr milliseconds kNow{1'000'000};
constexpr milliseconds kTime{10'000};

LeaseRecord RenewedAt(milliseconds when) { return {7, "process 1 on host x", "boot", when}; }

TEST(MayTake, RefusesWhileTheHolderRenews) {
  const absl::Status status = MayTake(RenewedAt(kNow - milliseconds(1'500)), false, kNow, kTime, "a.db");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("a.db"), HasSubstr("process 1 on host x"), HasSubstr("1500 ms")));
  EXPECT_FALSE(MayTake(RenewedAt(kNow - kTime), false, kNow, kTime, "a.db").ok())
      << "the last moment of the lease";
}

TEST(MayTake, AllowsOnceTheHolderIsGone) {
  EXPECT_TRUE(MayTake(RenewedAt(kNow), true, kNow, kTime, "a.db").ok()) << "known to be dead";
  EXPECT_TRUE(MayTake(RenewedAt(kNow - kTime - milliseconds(1)), false, kNow, kTime, "a.db").ok())
      << "silent";
  EXPECT_TRUE(MayTake({}, false, kNow, kTime, "a.db").ok()) << "there never was one";
  LeaseRecord returned = RenewedAt(kNow);
  returned.holder.clear();
  EXPECT_TRUE(MayTake(returned, false, kNow, kTime, "a.db").ok()) << "given back";
}

TEST(MayTake, IsNotStoppedForLongByAClockThatWasSetBack) {
  EXPECT_FALSE(MayTake(RenewedAt(kNow + kTime), false, kNow, kTime, "a.db").ok());
  EXPECT_TRUE(MayTake(RenewedAt(kNow + kTime + milliseconds(1)), false, kNow, kTime, "a.db").ok());
}

TEST(LifeLock, HoldsOneEpochUntilItsEnd) {
  const TemporaryFolder folder;
  auto first = *LifeLock::Open(folder.path() + "/lock");
  auto second = *LifeLock::Open(folder.path() + "/lock");
  EXPECT_TRUE(first->TryHold(5));
  EXPECT_TRUE(first->TryHold(5));
  EXPECT_FALSE(second->TryHold(5));
  EXPECT_TRUE(second->TryHold(6)) << "another epoch";
  first.reset();
  EXPECT_TRUE(second->TryHold(5));
}

}  // namespace
}  // namespace hearth::store
