// What is too large for now: it is kept a cluster, and smaller ones go around it.
#include <algorithm>

#include "placement/engine_pool.h"

namespace hearth::placement {

/// Whoever is expected to need more than any cluster has shall still run somewhere: it asks for all of the
/// largest then, at once if no new cluster would be larger.
void EnginePool::ClipToLargest(Operation* operation, Instant now) {
  const uint64_t largest = clusters_.largest();
  if (largest == 0 || operation->need.memory <= largest) return;
  const bool larger_may_come = operation->need.memory <= clusters_.UsableOf(rules_.memory_bytes);
  if (larger_may_come && now - operation->since < options_.larger_after)
    return WakeAt(operation->since + options_.larger_after);
  // What decides the lane changes, so it is taken out for that moment.
  const bool was_alone = operation->need.alone;
  if (!was_alone && !operation->is_set_aside) lanes_[LaneOf(*operation)].Remove(operation);
  operation->is_clipped = true;
  operation->need.memory = largest;
  operation->need.alone = true;
  alone_waiting_ += !was_alone;
  if (!was_alone && !operation->is_set_aside) lanes_[LaneOf(*operation)].Push(operation);
}

/// The first of those set aside that has waited for long enough gets the cluster that is expected to be empty
/// first.
void EnginePool::Reserve(Instant now) {
  if (reservation_) {
    const Cluster& cluster = *reservation_->cluster;
    const bool is_lost = cluster.offer.state != ClusterOffer::State::kReady ||
                         (rules_.suspects_close && cluster.suspects > 0) ||
                         cluster.usable < reservation_->holder->need.memory;
    if (!is_lost) {
      reservation_->at = std::max(now, std::min(reservation_->at, cluster.drained()));
      return;
    }
    Release();
  }
  for (Operation* operation : set_aside_) {
    const bool stands_alone = operation->need.alone;
    if (!stands_alone && !clusters_.AnyOpen()) continue;  // it waits for a slot as all do
    if (operation->is_long && !IsOverdue(*operation, now) && !share_.Allows(1, clusters_.slots())) continue;
    if (now - operation->since < options_.reserve_after) {
      WakeAt(operation->since + options_.reserve_after);
      continue;
    }
    Cluster* cluster = clusters_.FirstDrained(operation->need.memory);
    if (cluster == nullptr) continue;
    reservation_ = Reservation{operation, cluster, std::max(now, cluster->drained())};
    clusters_.Keep(cluster, true);
    return;
  }
}

void EnginePool::Release() {
  Cluster* cluster = reservation_->cluster;
  reservation_.reset();
  clusters_.Keep(cluster, false);
}

}  // namespace hearth::placement
