#include "placement/size/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hearth::placement {
namespace {

TEST(EstimateTest, QuantilesAreThoseOfALognormal) {
  const Amount amount{.median = 10, .spread = 0.5};
  EXPECT_DOUBLE_EQ(amount.Quantile(0.5), 10);
  EXPECT_NEAR(amount.Quantile(0.8413447460685429), 10 * std::exp(0.5), 1e-6);
  EXPECT_NEAR(amount.Quantile(0.1586552539314571), 10 * std::exp(-0.5), 1e-6);
  EXPECT_NEAR(amount.p99(), amount.Quantile(0.99 + 1e-12), 1e-6);
  EXPECT_EQ((Amount{.median = 7}.p99()), 7) << "what is known is no more at any probability";
  EXPECT_TRUE(std::isfinite((Amount{.median = 1e18, .spread = 4}.p99())));
}

TEST(EstimateTest, AbsurdAmountsAreTamed) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Tamed({.median = -3}).median, 0);
  EXPECT_EQ(Tamed({.median = kNan}).median, 0);
  EXPECT_EQ(Tamed({.median = kInfinity}).median, Amount::kMedianMax);
  EXPECT_EQ(Tamed({.median = 1e30}).median, Amount::kMedianMax);
  EXPECT_EQ(Tamed({.median = 1, .spread = -1}).spread, 0);
  EXPECT_EQ(Tamed({.median = 1, .spread = kInfinity}).spread, Amount::kSpreadMax);
  EXPECT_EQ(Tamed({.median = 1, .spread = kNan}).spread, Amount::kSpreadOfIgnorance);
  EXPECT_EQ(Tamed({.median = 5, .spread = 0.25, .source = "here"}).source, "here");
}

TEST(EstimateTest, OfTheUnknownTheSpreadIsWide) {
  const Estimate unknown = UnknownEstimate();
  EXPECT_GT(unknown.work.median, 0);
  EXPECT_GT(unknown.work.p99(), 100 * unknown.work.median);
  EXPECT_EQ(unknown.peak_memory.source, "nothing is known");
}

}  // namespace
}  // namespace hearth::placement
