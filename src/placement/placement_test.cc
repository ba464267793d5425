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

TEST(PlacementTest, GrowsOnlyWhenTheSlotsOfEveryClusterAreTakenAndWithinTheLimit) {
  EXPECT_TRUE(Place({.clusters = {{"a", true, 1}}, .clusters_max = 2}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 0}}, .clusters_max = 2}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 1}}, .clusters_max = 2, .slots = 2}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 1}}, .clusters_max = 1}).start);
  EXPECT_FALSE(Place({.clusters = {{"a", true, 1}, {"b", false, 0}}, .clusters_max = 3}).start);
}

TEST(PlacementTest, SharesNoClusterWithSomethingLongIfThereIsAnotherWay) {
  const ClusterView is_long{.id = "a", .ready = true, .running = 1, .is_long = true};
  EXPECT_EQ(Place({.clusters = {is_long, {"b", true, 3}}, .clusters_max = 2}).use, 1u);
  const Decision grows = Place({.clusters = {is_long}, .clusters_max = 2});
  EXPECT_FALSE(grows.use);
  EXPECT_TRUE(grows.start);
  const Decision waits = Place({.clusters = {is_long, {"b", false, 0}}, .clusters_max = 2});
  EXPECT_FALSE(waits.use);
  EXPECT_FALSE(waits.start);
  EXPECT_EQ(Place({.clusters = {is_long}, .clusters_max = 1}).use, 0u) << "it does not wait for ever";
}

}  // namespace
}  // namespace hearth::placement
