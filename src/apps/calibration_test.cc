#include "apps/calibration.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth::apps {
namespace {

// An attempt that was placed at 10 ms, expected to take 100 ms of time, a second of work and 100 MiB.
AttemptAccount Attempt(double took_ms, double work_seconds, const std::string& source = "plan: a scan") {
  AttemptAccount attempt;
  attempt.engine = "native";
  attempt.verdict = "succeeded";
  attempt.began_ms = 10;
  attempt.ended_ms = 10 + took_ms;
  attempt.predicted_ms = 110;
  attempt.candidates = {{.cluster = "native-1", .run_ms = 100}};
  attempt.cpu_seconds = work_seconds;
  attempt.work_seconds = {.median = 1, .p99 = 3, .source = source};
  attempt.memory_bytes = {.median = 100, .p99 = 200, .source = "plan: a scan"};
  return attempt;
}

std::vector<Outcome> OutcomesOf(const std::vector<AttemptAccount>& attempts) {
  std::vector<Outcome> all;
  for (const AttemptAccount& attempt : attempts) {
    OperationAccount operation;
    operation.started_at_ms = 1000 + static_cast<int64_t>(all.size());
    operation.attempts = {attempt};
    for (const Outcome& outcome : apps::OutcomesOf(operation)) all.push_back(outcome);
  }
  return all;
}

const CalibrationRow& Row(const Calibration& calibration, const std::string& group) {
  static const CalibrationRow kNone;
  for (const CalibrationRow& row : calibration.rows)
    if (row.group == group) return row;
  ADD_FAILURE() << group;
  return kNone;
}

TEST(CalibrationTest, AnErrorIsAFactorWhicheverIsLarger) {
  const Calibration calibration = CalibrationOf(OutcomesOf({Attempt(50, 4), Attempt(400, 0.5)}));
  const CalibrationRow& all = Row(calibration, "all");
  EXPECT_EQ(all.count, 2u);
  EXPECT_DOUBLE_EQ(all.finish.q_p50, 2);
  EXPECT_DOUBLE_EQ(all.finish.q_p90, 4);
  EXPECT_EQ(all.finish.within_p99, std::nullopt);
  EXPECT_DOUBLE_EQ(*all.finish.above_median, 0.5);
  EXPECT_DOUBLE_EQ(all.work.q_p50, 2);
  EXPECT_DOUBLE_EQ(all.work.q_p90, 4);
  EXPECT_DOUBLE_EQ(*all.work.within_p99, 0.5);
  EXPECT_EQ(all.memory.count, 0u) << "not seen";
  EXPECT_DOUBLE_EQ(Row(calibration, "first half").finish.q_p90, 2);
  EXPECT_DOUBLE_EQ(Row(calibration, "second half").finish.q_p90, 4);
}

TEST(CalibrationTest, PercentilesAreOfTheNearestRank) {
  std::vector<AttemptAccount> attempts;
  for (int i = 1; i <= 10; ++i) attempts.push_back(Attempt(100 * i, 1));
  const CalibrationRow all = Row(CalibrationOf(OutcomesOf(attempts)), "all");
  EXPECT_DOUBLE_EQ(all.finish.q_p50, 5);
  EXPECT_DOUBLE_EQ(all.finish.q_p90, 9);
}

TEST(CalibrationTest, EachAmountCountsForItsOwnSource) {
  AttemptAccount attempt = Attempt(500, 2, "history: 3 runs");
  attempt.peak_memory_bytes = 450;
  attempt.idle_memory_bytes = 50;
  const Calibration calibration = CalibrationOf(OutcomesOf({attempt, Attempt(100, 0.05)}));
  EXPECT_EQ(Row(calibration, "known from: history").work.count, 1u);
  EXPECT_EQ(Row(calibration, "known from: history").memory.count, 0u);
  EXPECT_EQ(Row(calibration, "known from: plan").work.count, 1u);
  EXPECT_DOUBLE_EQ(Row(calibration, "known from: plan").memory.q_p50, 4);
  EXPECT_DOUBLE_EQ(*Row(calibration, "known from: plan").memory.within_p99, 0);
  EXPECT_EQ(Row(calibration, "took less than 100 ms of work").count, 1u);
  EXPECT_EQ(Row(calibration, "took 100 ms of work or more").count, 1u);
}

TEST(CalibrationTest, WhatSharedItsClusterTellsItsFinishOnly) {
  AttemptAccount attempt = Attempt(500, 2);
  attempt.peak_memory_bytes = 450;
  attempt.idle_memory_bytes = 50;
  attempt.shared = true;
  const CalibrationRow all = Row(CalibrationOf(OutcomesOf({attempt})), "all");
  EXPECT_EQ(all.finish.count, 1u);
  EXPECT_EQ(all.work.count, 0u);
  EXPECT_EQ(all.memory.count, 0u);
}

TEST(CalibrationTest, WhatEndedBeforeItsEndSaysNothing) {
  AttemptAccount declined = Attempt(1, 0);
  declined.verdict = "declined";
  AttemptAccount had_to_be_there = Attempt(1, 1);
  had_to_be_there.predicted_ms.reset();
  AttemptAccount running = Attempt(1, 1);
  running.ended_ms.reset();
  const Calibration calibration = CalibrationOf(OutcomesOf({declined, had_to_be_there, running}));
  EXPECT_TRUE(calibration.rows.empty());
  EXPECT_EQ(TextOf(calibration), "No attempt that placement chose a cluster for has succeeded yet.\n");
  EXPECT_EQ(JsonOf(calibration).dump(), R"({"first_ms":0,"last_ms":0,"groups":[]})");
}

TEST(CalibrationTest, NothingIsExpectedOrTakenWithoutAnInfiniteError) {
  AttemptAccount attempt = Attempt(0, 0);
  attempt.work_seconds.median = 0;
  const CalibrationRow all = Row(CalibrationOf(OutcomesOf({attempt})), "all");
  EXPECT_DOUBLE_EQ(all.work.q_p50, 1);
  EXPECT_LT(all.finish.q_p50, 1e9);
}

}  // namespace
}  // namespace hearth::apps
