#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/comparison.h"
#include "sim/portable_random.h"

namespace hearth::sim {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Query Sized(int arrival, int work, int estimate) {
  return {.arrival = Instant(std::chrono::seconds(arrival)),
          .work = std::chrono::seconds(work),
          .estimate = std::chrono::seconds(estimate)};
}

std::vector<double> InSeconds(const Responses& responses) {
  std::vector<double> seconds;
  for (const Duration response : responses) seconds.push_back(Seconds(response));
  return seconds;
}

TEST(PortableRandomTest, GivesTheSameNumbersEverywhere) {
  // By the published algorithm, worked out apart from this code.
  PortableRandom random(1);
  EXPECT_EQ(random.Next(), 0xee127fe613436e33u);
  EXPECT_EQ(random.Next(), 0xd6dad8d34a1874eau);
  EXPECT_NE(PortableRandom(1).Next(), PortableRandom(1, 1).Next());
  for (const double x : {1e-6, 0.3, 0.70710678, 1.0, 2.0, 1e9})
    EXPECT_NEAR(PortableLog(x), std::log(x), 1e-12 * (1 + std::fabs(std::log(x))));
  for (const double x : {-20.0, -0.3, 0.0, 1.0, 13.7}) EXPECT_NEAR(PortableExp(x) / std::exp(x), 1, 1e-13);
}

TEST(LoadTest, IsWhatWasPublished) {
  const auto load = FleetLoad({.seed = 1, .queries = 400'000});
  double work = 0;
  double below_100_ms = 0;
  double wrong_by_10 = 0;
  for (const Query& query : load) {
    work += Seconds(query.work);
    below_100_ms += query.work <= std::chrono::milliseconds(100);
    const double ratio = Seconds(query.estimate) / Seconds(query.work);
    wrong_by_10 += query.work > std::chrono::milliseconds(1) && (ratio > 10 || ratio < 0.1);
  }
  const auto count = static_cast<double>(load.size());
  EXPECT_NEAR(work / count, 5.66, 0.6);
  EXPECT_NEAR(below_100_ms / count, 0.62, 0.005);
  EXPECT_NEAR(wrong_by_10 / count, 0.10, 0.01);
  EXPECT_TRUE(std::is_sorted(load.begin(), load.end(),
                             [](const Query& a, const Query& b) { return a.arrival < b.arrival; }));
}

TEST(LoadTest, SigmaChangesEstimatesAlone) {
  const auto small = FleetLoad({.seed = 3, .queries = 1000, .sigma = 1.4});
  const auto large = FleetLoad({.seed = 3, .queries = 1000, .sigma = 2.5});
  for (size_t i = 0; i < small.size(); ++i) {
    ASSERT_EQ(small[i].arrival, large[i].arrival);
    ASSERT_EQ(small[i].work, large[i].work);
  }
  EXPECT_NE(small[0].estimate, large[0].estimate);
}

// Worked out by hand.
TEST(BaselinesTest, DoWhatTheirNamesSay) {
  const Slots one = {.clusters = 1, .per_cluster = 1};
  const std::vector<Query> load = {Sized(0, 10, 10), Sized(1, 8, 2), Sized(2, 1, 5)};
  EXPECT_EQ(InSeconds(GlobalFirstCome(load, one)), (std::vector<double>{10, 17, 17}));
  EXPECT_EQ(InSeconds(ShortestEstimateFirst(load, one)), (std::vector<double>{10, 17, 17}));
  const std::vector<Query> wrong = {Sized(0, 10, 10), Sized(1, 8, 9), Sized(2, 1, 5)};
  EXPECT_EQ(InSeconds(ShortestEstimateFirst(wrong, one)), (std::vector<double>{10, 18, 9}));
  // The second preempts the first (9 left), the third the second (7 left).
  EXPECT_EQ(InSeconds(ClairvoyantShortestRemaining(load, one)), (std::vector<double>{19, 9, 1}));
  const Slots two = {.clusters = 2, .per_cluster = 1};
  EXPECT_EQ(InSeconds(JoinShortestQueue(load, two)), (std::vector<double>{10, 8, 9}));
  // Both long ones fall into the second interval, the short one has the first cluster for itself.
  const std::vector<Query> sizes = {Sized(0, 10, 10), Sized(1, 10, 11), Sized(2, 1, 1)};
  EXPECT_EQ(InSeconds(SizeIntervals(sizes, two))[2], 1.0 + 8.0);
}

TEST(FiguresTest, BoundTheSlowdownOfShortQueries) {
  const std::vector<Query> load = {Sized(0, 4, 4), {.work = std::chrono::milliseconds(10)}};
  const Figures figures = FiguresOf(load, {std::chrono::seconds(8), std::chrono::milliseconds(500)});
  EXPECT_DOUBLE_EQ(figures.mean_response_seconds, 4.25);
  EXPECT_DOUBLE_EQ(figures.slowdown_p99, 0.5);
}

TEST(PoolRunTest, TwoRunsGiveOneDecisionLog) {
  const auto load = FleetLoad({.seed = 5, .queries = 20'000, .users = 7});
  PoolModel model;
  placement::Options options = SlotOptions(model);
  options.restarts_max = 2;
  const PoolRun first = RunPool(load, model, options);
  const PoolRun second = RunPool(load, model, options);
  EXPECT_EQ(first.log_hash, second.log_hash);
  EXPECT_EQ(first.responses, second.responses);
  EXPECT_GE(first.decisions, load.size());
  options.fair_lead = std::chrono::milliseconds(1);
  options.long_work = std::chrono::seconds(1);
  EXPECT_NE(RunPool(load, model, options).log_hash, first.log_hash) << "the hash tells nothing";
}

TEST(PoolRunTest, EveryQueryTakesAtLeastItsWorkAndRestartsAreCharged) {
  const auto load = FleetLoad({.seed = 7, .queries = 60'000, .utilisation = 0.95});
  PoolModel model;
  placement::Options options = SlotOptions(model);
  options.restarts_max = 2;
  const PoolRun run = RunPool(load, model, options);
  for (size_t i = 0; i < load.size(); ++i) ASSERT_GE(run.responses[i], load[i].work);
  EXPECT_GT(run.restarts, 0u);
  EXPECT_GT(run.wasted, 0);
  EXPECT_LE(run.wasted, 0.03);
}

// The quick version of `hearth simulate`: Hearth's order against those of others.
TEST(ComparisonTest, ShortQueriesWaitLittleWhereOthersLetThemWaitLong) {
  const std::vector<Row> rows = Compare({.seed = 1, .queries = 150'000});
  ASSERT_EQ(rows.size(), 7u);
  const Row& first_come = rows[0];
  const Row& shortest = rows[3];
  const Row& clairvoyant = rows[4];
  const Row& hearth = rows[5];
  EXPECT_EQ(clairvoyant.times_clairvoyant, 1);
  EXPECT_LT(hearth.figures.slowdown_p99, shortest.figures.slowdown_p99);
  EXPECT_LT(hearth.figures.slowdown_p99 * 20, first_come.figures.slowdown_p99);
  EXPECT_TRUE(Meets(hearth, kWithoutRestarts))
      << hearth.figures.slowdown_p99 << " " << hearth.times_clairvoyant;
}

// Three users, one floods: what the others wait for is not the flood.
TEST(PoolRunTest, AFloodOfOneUserLeavesTheOthersTheirTimes) {
  std::vector<Query> alone;
  for (int i = 0; i < 400; ++i) {
    Query query = Sized(i, 1, 1);
    query.user = static_cast<uint32_t>(1 + i % 2);
    alone.push_back(query);
  }
  std::vector<Query> flooded = alone;
  for (int i = 0; i < 60'000; ++i) {
    flooded.push_back({.arrival = Instant(std::chrono::milliseconds(i * 5)),
                       .work = std::chrono::milliseconds(500),
                       .estimate = std::chrono::milliseconds(500),
                       .user = 0});
  }
  std::stable_sort(flooded.begin(), flooded.end(),
                   [](const Query& a, const Query& b) { return a.arrival < b.arrival; });
  const PoolModel model;
  placement::Options options = SlotOptions(model);
  const auto mean_of_others = [&](const std::vector<Query>& load) {
    const PoolRun run = RunPool(load, model, options);
    double sum = 0;
    for (size_t i = 0; i < load.size(); ++i) sum += load[i].user == 0 ? 0 : Seconds(run.responses[i]);
    return sum / 400;
  };
  EXPECT_LE(mean_of_others(flooded), 1.2 * mean_of_others(alone));
  options.fair_lead = std::chrono::hours(24);
  EXPECT_GT(mean_of_others(flooded), 1.2 * mean_of_others(alone)) << "the flood was none";
}

}  // namespace
}  // namespace hearth::sim
