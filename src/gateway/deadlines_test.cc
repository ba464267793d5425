#include "gateway/deadlines.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/synchronization/notification.h"

namespace hearth::gateway {
namespace {

using std::chrono::milliseconds;

TEST(DeadlinesTest, WhatIsDueEarlierIsCalledEarlierHoweverLateItWasAskedFor) {
  const base::SteadyClock clock;
  Deadlines deadlines(&clock);
  std::string called;
  absl::Notification done;
  deadlines.In(milliseconds(1500), [&] {
    called += "c";
    done.Notify();
  });
  deadlines.In(milliseconds(750), [&] { called += "b"; });
  deadlines.In(milliseconds(0), [&] { called += "a"; });
  done.WaitForNotification();
  EXPECT_EQ(called, "abc");
}

TEST(DeadlinesTest, AfterAPauseItWakesAgain) {
  const base::SteadyClock clock;
  Deadlines deadlines(&clock);
  for (int i = 0; i < 3; ++i) {
    absl::Notification done;
    deadlines.In(milliseconds(1), [&] { done.Notify(); });
    done.WaitForNotification();
  }
}

TEST(DeadlinesTest, ItsEndDoesNotWaitForWhatIsNotDue) {
  const base::SteadyClock clock;
  bool called = false;
  {
    Deadlines deadlines(&clock);
    deadlines.In(std::chrono::hours(1), [&] { called = true; });
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace hearth::gateway
