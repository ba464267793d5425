// What is missing: as many clusters as would let everything that waits begin.
#include <algorithm>

#include "placement/engine_pool.h"

namespace hearth::placement {

void EnginePool::TellDemand(Instant now, Decisions* decisions) {
  const size_t sharing = waiting_ - alone_waiting_;
  const auto slots = static_cast<size_t>(std::max(1, rules_.slots));
  const size_t needed = alone_waiting_ + (sharing + slots - 1) / slots;
  // More clusters would be no more cores.
  if (needed <= clusters_.starting() || !HasCores()) {
    missing_since_.reset();
    return;
  }
  if (!missing_since_) missing_since_ = now;
  Demand demand;
  demand.engine = engine_;
  demand.count = static_cast<int>(needed - clusters_.starting());
  demand.profile = interactive_waiting_ > 0 ? Profile::kInteractive : Profile::kBatch;
  demand.since = *missing_since_;
  demand.waiting = waiting_;
  for (const FairQueue& lane : lanes_) {
    if (!lane.empty()) demand.memory_bytes = std::max(demand.memory_bytes, lane.Front()->need.memory);
  }
  for (const Operation* operation : set_aside_)
    demand.memory_bytes = std::max(demand.memory_bytes, operation->need.memory);
  // Who needs more than a new cluster would have waits for room on the largest there is.
  const bool larger_helps = demand.memory_bytes > clusters_.largest() &&
                            demand.memory_bytes <= clusters_.UsableOf(rules_.memory_bytes);
  const bool has_cluster = clusters_.ready() + clusters_.starting() > 0;
  demand.why = !has_cluster   ? Demand::Why::kNoCluster
               : larger_helps ? Demand::Why::kTooLittleMemory
                              : Demand::Why::kNoRoom;
  decisions->demands.push_back(std::move(demand));
}

}  // namespace hearth::placement
