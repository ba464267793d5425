// Who may enter which cluster of one engine: memory and slots are hard, and an operation that is alone stays
// alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "placement/operation.h"

namespace hearth::placement {

struct Cluster {
  ClusterOffer offer;
  uint64_t number = 0;  ///< in the order of Put
  uint64_t usable = 0;  ///< memory without the headroom
  uint64_t held = 0;
  int used = 0;  ///< slots
  int suspects = 0;
  int unending = 0;  ///< of those that run, see Operation
  bool is_alone = false;
  bool is_kept = false;  ///< for one that needs it whole
  /// By expected end.
  std::map<std::pair<Instant, uint64_t>, Operation*> running;

  uint64_t free_memory() const { return usable > held ? usable - held : 0; }
  bool is_empty() const { return running.empty(); }
  /// When all that runs is expected to be over.
  Instant drained() const { return running.empty() ? Instant{} : running.rbegin()->first.first; }
};

class Clusters {
 public:
  Clusters(const EngineRules& rules, const Options& options) : rules_(rules), options_(options) {}

  void Put(const ClusterOffer& offer);
  /// What ran there has no cluster from now on.
  void Drop(const std::string& id);
  Cluster* Find(const std::string& id) const;

  /// Whether the operation may enter now; a cluster that is kept for another is no matter here.
  bool Admits(const Cluster& cluster, const Need& need) const;
  /// Of those that admit it and are kept for nobody the one that it fills best, among clusters that are not
  /// empty first if it shares; null: none.
  Cluster* BestFit(const Need& need) const;
  /// The one after it in the order of BestFit.
  Cluster* NextFit(const Cluster& best, const Need& need) const;

  void Enter(Cluster* cluster, Operation* operation, Instant now);
  void Leave(Operation* operation);
  void MarkSuspect(Operation* operation);
  void MarkUnending(Operation* operation);
  /// Nothing enters a kept cluster but whom its keeper lets in.
  void Keep(Cluster* cluster, bool kept);

  /// The ready, unsuspected one that is expected to be empty first, of those that are large enough.
  Cluster* FirstDrained(uint64_t memory) const;
  /// A ready one that is kept for nobody, on which nothing runs of which an end can be told, with a slot: of
  /// those that have this much memory free, or of which this is a small part, the one with the fewest. Null:
  /// none.
  Cluster* Unending(uint64_t memory) const;
  bool AnyUnending() const { return !unending_.empty(); }
  /// The next one to be ready, and the number of those.
  const Cluster* NextReady() const { return starting_.empty() ? nullptr : starting_.begin()->second; }
  size_t starting() const { return starting_.size(); }
  /// The next one that somebody leaves.
  const Cluster* NextLeft() const { return busy_.empty() ? nullptr : busy_.begin()->second; }

  /// Some cluster has a slot to give.
  bool AnyOpen() const { return !empty_.empty() || !partly_.empty(); }
  bool AnyEmpty() const { return !empty_.empty(); }
  bool AnyPartly() const { return !partly_.empty(); }
  size_t ready() const { return ready_; }
  int slots() const { return slots_; }
  /// Of the largest cluster that is there or starting; 0: none.
  uint64_t largest() const { return sizes_.empty() ? 0 : sizes_.rbegin()->first; }
  /// As the largest cluster has it, or a new one.
  uint64_t UsableOf(uint64_t memory_bytes) const;
  size_t size() const { return by_id_.size(); }

 private:
  using ByMemory = std::map<std::pair<uint64_t, uint64_t>, Cluster*>;  // memory, number
  using ByTime = std::map<std::pair<Instant, uint64_t>, Cluster*>;     // time, number
  void Index(Cluster* cluster);
  void Unindex(Cluster* cluster);
  bool IsOpen(const Cluster& cluster) const;

  const EngineRules& rules_;
  const Options& options_;
  std::map<std::string, std::unique_ptr<Cluster>> by_id_;
  // Ready, open, kept for nobody: by memory that is free, ties by age.
  ByMemory empty_;
  ByMemory partly_;
  ByTime drained_;                                            // ready and unsuspected, by drained()
  ByTime busy_;                                               // ready, by the first expected end
  ByTime starting_;                                           // by ready_at
  std::map<std::pair<size_t, uint64_t>, Cluster*> unending_;  // ready; how many run, number
  std::map<uint64_t, int> sizes_;
  uint64_t next_number_ = 0;
  size_t ready_ = 0;
  int slots_ = 0;  // of ready clusters
};

}  // namespace hearth::placement
