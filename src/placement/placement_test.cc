#include "placement/placement.h"

#include <gtest/gtest.h>

namespace hearth::placement {
namespace {

TEST(PlacementTest, StartsTheFirstClusterAndThenWaitsForIt) {
  EXPECT_TRUE(Place({}).start);
  const Decision decision = Place({.clusters = {{"a", false, 0}}, .clusters_max = 4});
  EXPECT_FALSE(decision.use.has_value());
  EXPECT_FALSE(decision.start) << "the one that starts is for the one that waits";
  EXPECT_TRUE(Place({.clusters = {{"a", false, 0}}, .clusters_max = 4, .waiting = 2}).start);
}

TEST(PlacementTest, UsesTheLeastBusyReadyCluster) {
  const Decision decision = Place(
      {.clusters = {{"a", true, 2}, {"b", false, 0}, {"c", true, 1}, {"d", true, 1}}, .clusters_max = 4});
  EXPECT_EQ(decision.use, 2u);
  EXPECT_NE(decision.reason.find("c has"), std::string::npos);
}

TEST(PlacementTest, GrowsOnlyWhileEveryClusterIsBusyAndWithinTheLimit) {
  EXPECT_TRUE(Place({.clusters = {{"a", true, 1}}, .clusters_max = 2}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 0}}, .clusters_max = 2}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 1}}, .clusters_max = 1}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 1}, {"b", false, 0}}, .clusters_max = 3}).start);
}

}  // namespace
}  // namespace hearth::placement
