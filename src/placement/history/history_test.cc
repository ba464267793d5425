#include "placement/history/history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace hearth::placement {
namespace {

const Workload kDaily{"f1", "native"};

/// As a cold plan says it, far off.
Estimate Planned(double work = 10, double memory = 1e9) {
  Estimate planned;
  planned.work = {work, 1.0, "plan"};
  planned.peak_memory = {memory, 1.0, "plan"};
  return planned;
}

Observation Took(double work, double memory = 2e8, double planned_work = 10, double planned_memory = 1e9) {
  return {
      .work = work, .peak_memory = memory, .planned_work = planned_work, .planned_memory = planned_memory};
}

double WorkOf(const History& history, const Estimate& planned = Planned()) {
  return history.Correct(kDaily, "1", planned).work.median;
}

TEST(HistoryTest, WithoutHistoryThePlanStands) {
  const History history;
  const Estimate estimate = history.Correct(kDaily, "1", Planned());
  EXPECT_EQ(estimate.work.median, 10);
  EXPECT_EQ(estimate.work.source, "plan");
}

TEST(HistoryTest, AfterThreeRunsHistoryDecides) {
  History history;
  for (const double work : {2.0, 2.2, 1.9}) history.Add(kDaily, "1", Took(work));
  const Estimate estimate = history.Correct(kDaily, "1", Planned());
  EXPECT_NEAR(estimate.work.median, 2.05, 0.2);
  EXPECT_NEAR(estimate.peak_memory.median, 2e8, 0.2e8);
  EXPECT_LT(estimate.work.spread, 0.4);
  EXPECT_EQ(estimate.work.source, "history: 3 runs");
  EXPECT_EQ(history.Runs(kDaily), 3u);
  EXPECT_EQ(history.Correct({"f2", "native"}, "1", Planned()).work.median, 10) << "of another workload";
  EXPECT_EQ(history.Correct({"f1", "spark"}, "1", Planned()).work.median, 10) << "on another engine";
}

TEST(HistoryTest, ItScalesWithThePlan) {
  History history;
  for (int i = 0; i < 5; ++i) history.Add(kDaily, "1", Took(2));
  const Estimate tenfold = history.Correct(kDaily, "1", Planned(100, 1e10));
  EXPECT_NEAR(tenfold.work.median, 20, 10) << "five times less than planned, as before";
  EXPECT_GT(tenfold.work.spread, history.Correct(kDaily, "1", Planned()).work.spread);
}

TEST(HistoryTest, RunsWhosePlansWereLikeThisOneCountMost) {
  History history;
  for (int i = 0; i < 6; ++i) {
    history.Add(kDaily, "1", Took(2, 2e8, 10));
    history.Add(kDaily, "1", Took(100, 2e8, 100));  // it does not scale as planned
  }
  EXPECT_NEAR(WorkOf(history, Planned(10)), 2, 0.5);
  EXPECT_NEAR(WorkOf(history, Planned(100)), 100, 25);
}

TEST(HistoryTest, OneOutlierAmongThreeMovesLittle) {
  for (const double outlier : {0.01, 5000.0}) {
    for (int place = 0; place < 3; ++place) {
      History history;
      for (int i = 0; i < 3; ++i) history.Add(kDaily, "1", Took(i == place ? outlier : 2));
      EXPECT_NEAR(std::log(WorkOf(history) / 2), 0, std::log(1.3)) << outlier << " at " << place;
    }
  }
}

TEST(HistoryTest, ItFollowsDrift) {
  History history;
  for (int i = 0; i < 20; ++i) history.Add(kDaily, "1", Took(2));
  for (int i = 0; i < 8; ++i) history.Add(kDaily, "1", Took(8));
  EXPECT_NEAR(WorkOf(history), 8, 2);
}

TEST(HistoryTest, AnOperationThatWasEndedNeedsMore) {
  History history;
  history.Add(kDaily, "1", {.work = 500, .work_is_bound = true, .planned_work = 10});
  EXPECT_GT(WorkOf(history), 500);
  history.Add(kDaily, "1", {.peak_memory = 4e9, .memory_is_bound = true, .planned_memory = 1e9});
  const Estimate estimate = history.Correct(kDaily, "1", Planned());
  EXPECT_GT(estimate.peak_memory.median, 4e9);
  EXPECT_EQ(estimate.peak_memory.source.substr(0, 17), "history: at least");
  history.Add(kDaily, "1", {.peak_memory = 8e9, .memory_is_bound = true, .planned_memory = 1e9});
  EXPECT_GT(history.Correct(kDaily, "1", Planned()).peak_memory.median, 8e9);
}

TEST(HistoryTest, ABoundAfterExactRunsCountsUntilOneIsExactAgain) {
  History history;
  for (int i = 0; i < 10; ++i) history.Add(kDaily, "1", Took(2, 1e9));
  history.Add(kDaily, "1", {.peak_memory = 4e9, .memory_is_bound = true, .planned_memory = 1e9});
  EXPECT_GT(history.Correct(kDaily, "1", Planned()).peak_memory.median, 4e9);
  history.Add(kDaily, "1", Took(2, 6e9));
  history.Add(kDaily, "1", Took(2, 1e9));
  EXPECT_LT(history.Correct(kDaily, "1", Planned()).peak_memory.median, 2e9);
}

TEST(HistoryTest, ABoundBelowWhatIsKnownChangesNothing) {
  History history;
  for (int i = 0; i < 3; ++i) history.Add(kDaily, "1", Took(2));
  const double before = WorkOf(history);
  history.Add(kDaily, "1", {.work = 0.1, .work_is_bound = true, .planned_work = 10});
  EXPECT_NEAR(WorkOf(history), before, 0.1);
}

TEST(HistoryTest, WhatOthersTookIsNeverTakenForItsOwn) {
  History history;
  for (int i = 0; i < 3; ++i) history.Add(kDaily, "1", Took(2));
  Observation shared = Took(50, 5e9);
  shared.shared = true;
  for (int i = 0; i < 10; ++i) history.Add(kDaily, "1", shared);
  EXPECT_NEAR(WorkOf(history), 2, 0.4);
  History other;
  shared = Took(0.5, 1e8);
  shared.shared = true;
  for (int i = 0; i < 5; ++i) other.Add(kDaily, "1", shared);
  EXPECT_LT(WorkOf(other), 1.5) << "it needs at most that";
}

TEST(HistoryTest, AnotherVersionOfTheEngineCountsForLess) {
  History same, other;
  for (int i = 0; i < 2; ++i) {
    same.Add(kDaily, "1", Took(2));
    other.Add(kDaily, "2", Took(2));
  }
  for (History* history : {&same, &other}) history->Add(kDaily, "1", Took(4));
  EXPECT_LT(WorkOf(same), WorkOf(other));
}

TEST(HistoryTest, AbsurdObservationsAreForgotten) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  History history;
  for (const double absurd : {0.0, -1.0, kNan, std::numeric_limits<double>::infinity(), 1e30})
    history.Add(kDaily, "1", Took(absurd, absurd));
  EXPECT_EQ(history.size(), 0u);
  history.Add(kDaily, "1", Took(2, 2e8, kNan, -1));
  EXPECT_NEAR(WorkOf(history), 2, 1);
  history.Add({"", "native"}, "1", Took(2));
  history.Add({std::string(1000, 'f'), "native"}, "1", Took(2));
  EXPECT_EQ(history.size(), 1u);
  for (const double absurd : {0.0, -1.0, kNan, std::numeric_limits<double>::infinity(), 1e30}) {
    const Estimate estimate = history.Correct(kDaily, "1", Planned(absurd, absurd));
    EXPECT_TRUE(std::isfinite(estimate.work.median) && std::isfinite(estimate.work.p99())) << absurd;
  }
}

TEST(HistoryTest, TheOneNotHeardOfForLongestMakesRoom) {
  History history({.fingerprints_max = 3});
  for (const char* name : {"a", "b", "c"}) history.Add({name, "native"}, "1", Took(1));
  history.Add({"a", "native"}, "1", Took(1));
  history.Add({"d", "native"}, "1", Took(1));
  EXPECT_EQ(history.size(), 3u);
  EXPECT_EQ(history.Runs({"b", "native"}), 0u);
  EXPECT_EQ(history.Runs({"a", "native"}), 2u);
}

TEST(HistoryTest, ARecordIsBoundedAndComesBackWhole) {
  History history;
  for (int i = 0; i < 200; ++i) {
    const std::string engine = std::string(History::kNameMax - 1, 'e') + static_cast<char>('a' + i % 6);
    history.Add({"f1", engine}, "1", Took(1 + i));
  }
  const std::string record = history.Encode("f1");
  EXPECT_LE(record.size(), History::kRecordBytesMax);
  History next;
  ASSERT_TRUE(next.Decode("f1", record));
  EXPECT_EQ(next.Encode("f1"), record);
  EXPECT_EQ(history.Encode("gone"), "");
}

TEST(HistoryTest, ADamagedRecordIsRefusedAtEachByte) {
  History history;
  for (int i = 0; i < 3; ++i) history.Add(kDaily, "1", Took(2 + i));
  const std::string record = history.Encode("f1");
  for (size_t at = 0; at < record.size(); ++at) {
    History next;
    EXPECT_FALSE(next.Decode("f1", std::string_view(record).substr(0, at))) << "cut at " << at;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = record;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_FALSE(next.Decode("f1", damaged)) << at;
    }
    EXPECT_EQ(next.size(), 0u);
  }
  History next;
  EXPECT_FALSE(next.Decode("f1", record + "x"));
  EXPECT_FALSE(next.Decode("f1", std::string(1 << 20, 'x')));
  EXPECT_FALSE(next.Decode("", record));
}

/// With a checksum that fits, as if somebody had written nonsense on purpose.
std::string Checked(std::string body) {
  uint32_t crc = ~0U;
  for (const char byte : body) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  crc = ~crc;
  for (int i = 0; i < 4; ++i) body.push_back(static_cast<char>(crc >> (8 * i)));
  return body;
}

TEST(HistoryTest, NonsenseWithARightChecksumIsRefusedOrHarmless) {
  History history;
  history.Add(kDaily, "1", Took(2));
  const std::string record = history.Encode("f1");
  const std::string body = record.substr(0, record.size() - 4);
  ASSERT_EQ(Checked(body), record);
  for (size_t at = 0; at < body.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = body;
      damaged[at] = static_cast<char>(value);
      History next;
      if (!next.Decode("f1", Checked(damaged))) continue;
      const Estimate estimate = next.Correct(kDaily, "1", Planned());
      EXPECT_TRUE(std::isfinite(estimate.work.median) && std::isfinite(estimate.peak_memory.p99()));
    }
  }
}

// Recurring work of the kind that reference D measured: a q-error of 1.2 in the middle and 2 at one in
// twenty.
TEST(HistoryTest, ItsSpreadCoversWhatComes) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(0, 0.35);
  int beyond = 0;
  int all = 0;
  for (int workload = 0; workload < 200; ++workload) {
    History history;
    for (int run = 0; run < 30; ++run) {
      const double work = 5 * std::exp(normal(random));
      if (run >= 3) {
        ++all;
        beyond += work > history.Correct(kDaily, "1", Planned()).work.p99() ? 1 : 0;
      }
      history.Add(kDaily, "1", Took(work));
    }
  }
  EXPECT_LT(beyond, all * 3 / 100);
  EXPECT_GT(beyond, all / 2000) << "a spread that wide says nothing";
}

}  // namespace
}  // namespace hearth::placement
