#include "placement/placement.h"

namespace hearth::placement {

namespace {

/// The ready cluster with the fewest running attempts, among those that something long runs on or the others.
std::optional<size_t> LeastBusy(const Observation& observation, bool is_long) {
  std::optional<size_t> least;
  for (size_t i = 0; i < observation.clusters.size(); ++i) {
    const ClusterView& cluster = observation.clusters[i];
    if (!cluster.ready || cluster.is_long != is_long) continue;
    if (!least || cluster.running < observation.clusters[*least].running) least = i;
  }
  return least;
}

}  // namespace

Decision Place(const Observation& observation) {
  size_t starting = 0;
  for (const ClusterView& cluster : observation.clusters) starting += cluster.ready ? 0 : 1;
  const bool may_grow = observation.clusters.size() < observation.clusters_max;

  Decision decision;
  decision.use = LeastBusy(observation, /*is_long=*/false);
  if (decision.use) {
    const ClusterView& chosen = observation.clusters[*decision.use];
    decision.start = may_grow && chosen.running >= observation.slots && starting == 0;
    decision.reason = chosen.id + " has the fewest running attempts (" + std::to_string(chosen.running) + ")";
    return decision;
  }
  if (may_grow || starting > 0) {
    // As many starts as there are slots to be had for what waits, as far as the limit goes.
    decision.start = may_grow && starting * static_cast<size_t>(observation.slots) < observation.waiting;
    const std::string why = observation.clusters.size() > starting ? "something long runs on every cluster"
                                                                   : "no cluster is ready";
    decision.reason = why + (decision.start ? ", one is started" : ", waits for one that is starting");
    return decision;
  }
  decision.use = LeastBusy(observation, /*is_long=*/true);
  if (decision.use) {
    const ClusterView& chosen = observation.clusters[*decision.use];
    decision.reason = "something long runs on every cluster and there can be no more; " + chosen.id +
                      " has the fewest running attempts (" + std::to_string(chosen.running) + ")";
  }
  return decision;
}

}  // namespace hearth::placement
