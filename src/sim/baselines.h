// What others do, on the same load: the yardsticks of the simulator's tables.
#pragma once

#include <string>
#include <vector>

#include "sim/load.h"

namespace hearth::sim {

// Slots that one query holds from its start to its end, in clusters of equal size.
struct Slots {
  int clusters = 8;
  int per_cluster = 8;
  int total() const { return clusters * per_cluster; }
};

// Each gives the response time of every query, in the order of the load.
using Responses = std::vector<Duration>;

// One queue, first come first served, late binding.
Responses GlobalFirstCome(const std::vector<Query>& load, const Slots& slots);
// At arrival to the cluster with the fewest queries, first come first served there.
Responses JoinShortestQueue(const std::vector<Query>& load, const Slots& slots);
// SITA-E: size intervals of equal load, one a cluster, cut in hindsight by the estimates; first come first
// served.
Responses SizeIntervals(const std::vector<Query>& load, const Slots& slots);
// One queue, shortest estimate first, late binding.
Responses ShortestEstimateFirst(const std::vector<Query>& load, const Slots& slots);
// One queue, knows the true sizes and preempts at no cost: shortest remaining work first. What nothing real
// reaches.
Responses ClairvoyantShortestRemaining(const std::vector<Query>& load, const Slots& slots);

}  // namespace hearth::sim
