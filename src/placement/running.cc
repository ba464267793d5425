// What runs: how long it has run counts more than what was expected of it.
#include <algorithm>

#include "placement/engine_pool.h"

namespace hearth::placement {

void EnginePool::Start(Operation* operation, Cluster* cluster, Instant now) {
  operation->lane = LaneOf(*operation);
  operation->slots = operation->need.alone ? cluster->offer.slots : 1;
  operation->charged = operation->need.run * operation->slots;
  lanes_[operation->lane].Charge(operation->request.user, operation->charged);
  Dequeue(operation);
  --waiting_;
  alone_waiting_ -= operation->need.alone;
  interactive_waiting_ -= operation->request.profile == Profile::kInteractive;
  operation->runs = true;
  operation->cores = operation->need.alone ? rules_.parallelism : 1;
  busy_cores_ += operation->cores;
  clusters_.Enter(cluster, operation, now);
  if (operation->is_long) share_.Take(operation->slots);
  SetMilestone(operation);
}

/// Nobody knows for how long it would keep them: it goes on with what others leave.
void EnginePool::FreeCores(Operation* operation) {
  busy_cores_ -= operation->cores;
  operation->cores = 0;
}

void EnginePool::Ended(Operation* operation, Instant now) {
  FreeCores(operation);
  ClearMilestone(operation);
  const Duration ran = now - operation->started;
  lanes_[operation->lane].Charge(operation->request.user, ran * operation->slots - operation->charged);
  budget_.Done(ran);
  if (operation->is_long) share_.Give(operation->slots);
  short_present_ -= !operation->is_long;
  CountShort(now);
  clusters_.Leave(operation);
  operation->runs = false;
}

/// When it has run for long, or is past its p99, whichever comes next; max: nothing comes.
Instant EnginePool::MilestoneOf(const Operation& operation) const {
  Instant next = Instant::max();
  if (!operation.is_long || !operation.is_unending) next = operation.started + options_.long_work;
  if (!operation.is_suspect) {
    const Duration catch_up = std::clamp(operation.request.catch_up, Duration(0), options_.work_max);
    Duration run = operation.need.run_p99;
    if (!operation.need.alone) run = std::min(run, rules_.shared_run_max);
    next = std::min(next, operation.started + run + catch_up);
  }
  return next;
}

void EnginePool::SetMilestone(Operation* operation) {
  const Instant next = MilestoneOf(*operation);
  if (next != Instant::max()) milestones_.emplace(std::pair(next, operation->number), operation);
}

void EnginePool::ClearMilestone(Operation* operation) {
  milestones_.erase({MilestoneOf(*operation), operation->number});
}

void EnginePool::Watch(Instant now, Decisions* decisions) {
  while (!milestones_.empty() && milestones_.begin()->first.first <= now) {
    const Instant due = milestones_.begin()->first.first;
    Operation* operation = milestones_.begin()->second;
    milestones_.erase(milestones_.begin());
    const bool is_settled = operation->is_long && operation->is_unending;
    if (!is_settled && operation->started + options_.long_work <= due) {
      clusters_.MarkUnending(operation);
      FreeCores(operation);
      if (!operation->is_long) BecomeLong(operation, now, decisions);
    } else {
      BecomeSuspect(operation, now, decisions);
    }
    SetMilestone(operation);
  }
}

/// From now on it counts against the share of long work. If shorter ones wait for its slot, and little is
/// lost, it makes room.
void EnginePool::BecomeLong(Operation* operation, Instant now, Decisions* decisions) {
  operation->is_long = true;
  share_.Take(operation->slots);
  --short_present_;
  CountShort(now);
  const bool shorter_wait = !lanes_[kTogether].empty() || !lanes_[kAlone].empty();
  const bool is_full = !clusters_.AnyOpen();
  const bool exceeds = !share_.Allows(0, clusters_.slots());
  if (shorter_wait && is_full && exceeds) AskRestart(operation, Restart::Why::kMakesRoom, now, decisions);
}

/// Its cluster takes nothing more, and those beside it go elsewhere if they may and there is room.
void EnginePool::BecomeSuspect(Operation* operation, Instant now, Decisions* decisions) {
  operation->suspect_since = now;
  Cluster* cluster = operation->cluster;
  clusters_.MarkSuspect(operation);
  clusters_.MarkUnending(operation);
  FreeCores(operation);
  decisions->suspects.push_back({operation->request.operation, operation->cluster_id, now});
  if (!rules_.suspects_close || cluster == nullptr) return;
  for (const auto& [end, neighbour] : cluster->running) {
    if (!neighbour->is_suspect && clusters_.BestFit(neighbour->need))
      AskRestart(neighbour, Restart::Why::kSuspectBeside, now, decisions);
  }
}

void EnginePool::AskRestart(Operation* operation, Restart::Why why, Instant now, Decisions* decisions) {
  if (!budget_.Allows(*operation, now)) return;
  budget_.Waste(*operation, now);
  operation->restart_asked = true;
  decisions->restarts.push_back({operation->request.operation, operation->cluster_id, why});
}

}  // namespace hearth::placement
