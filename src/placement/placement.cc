#include "placement/placement.h"

namespace hearth::placement {

Decision Place(const Observation& observation) {
  Decision decision;
  size_t starting = 0;
  for (size_t i = 0; i < observation.clusters.size(); ++i) {
    const ClusterView& cluster = observation.clusters[i];
    if (!cluster.ready) {
      ++starting;
    } else if (!decision.use || cluster.running < observation.clusters[*decision.use].running) {
      decision.use = i;
    }
  }
  const bool may_grow = observation.clusters.size() < observation.clusters_max;
  if (!decision.use) {
    // One start for each that waits, as far as the limit goes.
    decision.start = may_grow && starting < observation.waiting;
    decision.reason =
        decision.start ? "no cluster is ready, one is started" : "waits for a cluster that is starting";
    return decision;
  }
  const ClusterView& chosen = observation.clusters[*decision.use];
  decision.start = may_grow && chosen.running > 0 && starting == 0;
  decision.reason = chosen.id + " has the fewest running attempts (" + std::to_string(chosen.running) + ")";
  return decision;
}

}  // namespace hearth::placement
