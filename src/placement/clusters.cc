#include "placement/clusters.h"

#include <algorithm>
#include <utility>

namespace hearth::placement {
namespace {

using State = ClusterOffer::State;

/// Nobody looks at more clusters than this to find a large one among small ones.
constexpr int kLooksMax = 64;
/// Whoever needs no more than such a part of a cluster's memory does not matter to what holds all of it.
constexpr uint64_t kSmallPart = 8;

bool IsUnending(const Cluster& cluster) {
  return !cluster.is_empty() && static_cast<size_t>(cluster.unending) == cluster.running.size();
}

Instant ExpectedEnd(const Operation& operation) { return operation.started + operation.need.run; }

}  // namespace

uint64_t Clusters::UsableOf(uint64_t memory_bytes) const {
  const auto headroom = static_cast<uint64_t>(std::clamp(options_.headroom_percent, 0, 100));
  return memory_bytes / 100 * (100 - headroom);
}

bool Clusters::IsOpen(const Cluster& cluster) const {
  const bool closed = rules_.suspects_close && cluster.suspects > 0;
  return cluster.offer.state == State::kReady && !closed && !cluster.is_alone &&
         cluster.used < cluster.offer.slots;
}

bool Clusters::Admits(const Cluster& cluster, const Need& need) const {
  return IsOpen(cluster) && need.memory <= cluster.free_memory() && (!need.alone || cluster.is_empty());
}

void Clusters::Index(Cluster* cluster) {
  const uint64_t number = cluster->number;
  const State state = cluster->offer.state;
  if (state != State::kDraining) ++sizes_[cluster->usable];
  if (state == State::kStarting) starting_.emplace(std::pair(cluster->offer.ready_at, number), cluster);
  if (state != State::kReady) return;
  ++ready_;
  slots_ += cluster->offer.slots;
  if (IsOpen(*cluster) && !cluster->is_kept) {
    (cluster->is_empty() ? empty_ : partly_).emplace(std::pair(cluster->free_memory(), number), cluster);
  }
  if (IsUnending(*cluster) && !cluster->is_kept)
    unending_.emplace(std::pair(cluster->running.size(), number), cluster);
  if (cluster->suspects == 0) drained_.emplace(std::pair(cluster->drained(), number), cluster);
  if (!cluster->is_empty()) busy_.emplace(std::pair(cluster->running.begin()->first.first, number), cluster);
}

void Clusters::Unindex(Cluster* cluster) {
  const uint64_t number = cluster->number;
  const State state = cluster->offer.state;
  if (state != State::kDraining && --sizes_[cluster->usable] == 0) sizes_.erase(cluster->usable);
  if (state == State::kStarting) starting_.erase({cluster->offer.ready_at, number});
  if (state != State::kReady) return;
  --ready_;
  slots_ -= cluster->offer.slots;
  (cluster->is_empty() ? empty_ : partly_).erase({cluster->free_memory(), number});
  unending_.erase({cluster->running.size(), number});
  drained_.erase({cluster->drained(), number});
  if (!cluster->is_empty()) busy_.erase({cluster->running.begin()->first.first, number});
}

void Clusters::Put(const ClusterOffer& offer) {
  std::unique_ptr<Cluster>& cluster = by_id_[offer.id];
  if (cluster) {
    Unindex(cluster.get());
  } else {
    cluster = std::make_unique<Cluster>();
    cluster->number = next_number_++;
  }
  cluster->offer = offer;
  cluster->offer.slots = std::max(1, offer.slots);
  cluster->usable = UsableOf(offer.memory_bytes);
  Index(cluster.get());
}

void Clusters::Drop(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  Unindex(found->second.get());
  for (const auto& [end, operation] : found->second->running) operation->cluster = nullptr;
  by_id_.erase(found);
}

Cluster* Clusters::Find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

Cluster* Clusters::BestFit(const Need& need) const {
  if (!need.alone) {
    const auto found = partly_.lower_bound({need.memory, 0});
    if (found != partly_.end()) return found->second;
  }
  const auto found = empty_.lower_bound({need.memory, 0});
  return found == empty_.end() ? nullptr : found->second;
}

Cluster* Clusters::NextFit(const Cluster& best, const Need& need) const {
  const bool is_empty = best.is_empty();
  const ByMemory& same = is_empty ? empty_ : partly_;
  const auto after = same.upper_bound({best.free_memory(), best.number});
  if (after != same.end()) return after->second;
  if (is_empty) return nullptr;
  const auto found = empty_.lower_bound({need.memory, 0});
  return found == empty_.end() ? nullptr : found->second;
}

void Clusters::Enter(Cluster* cluster, Operation* operation, Instant now) {
  Unindex(cluster);
  operation->cluster = cluster;
  operation->cluster_id = cluster->offer.id;
  operation->started = now;
  operation->memory = std::min(operation->need.memory, cluster->usable);
  cluster->held += operation->memory;
  ++cluster->used;
  cluster->is_alone |= operation->need.alone;
  cluster->running.emplace(std::pair(ExpectedEnd(*operation), operation->number), operation);
  Index(cluster);
}

void Clusters::Leave(Operation* operation) {
  Cluster* cluster = operation->cluster;
  if (cluster == nullptr) return;
  Unindex(cluster);
  cluster->running.erase({ExpectedEnd(*operation), operation->number});
  cluster->held -= operation->memory;
  --cluster->used;
  if (operation->need.alone) cluster->is_alone = false;
  cluster->suspects -= operation->is_suspect;
  cluster->unending -= operation->is_unending;
  operation->cluster = nullptr;
  Index(cluster);
}

void Clusters::MarkSuspect(Operation* operation) {
  operation->is_suspect = true;
  Cluster* cluster = operation->cluster;
  if (cluster == nullptr) return;
  Unindex(cluster);
  ++cluster->suspects;
  Index(cluster);
}

void Clusters::MarkUnending(Operation* operation) {
  if (std::exchange(operation->is_unending, true)) return;
  Cluster* cluster = operation->cluster;
  if (cluster == nullptr) return;
  Unindex(cluster);
  ++cluster->unending;
  Index(cluster);
}

void Clusters::Keep(Cluster* cluster, bool kept) {
  Unindex(cluster);
  cluster->is_kept = kept;
  Index(cluster);
}

Cluster* Clusters::Unending(uint64_t memory) const {
  int looks = 0;
  for (const auto& [key, cluster] : unending_) {
    const bool fits = memory <= cluster->free_memory() || memory <= cluster->usable / kSmallPart;
    if (fits && cluster->used < cluster->offer.slots) return cluster;
    if (++looks == kLooksMax) break;
  }
  return nullptr;
}

Cluster* Clusters::FirstDrained(uint64_t memory) const {
  int looks = 0;
  for (const auto& [when, cluster] : drained_) {
    if (cluster->usable >= memory) return cluster;
    if (++looks == kLooksMax) break;
  }
  return nullptr;
}

}  // namespace hearth::placement
