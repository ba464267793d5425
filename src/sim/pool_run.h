// The scheduler of production on the simulator's load: the same object, fed by a clock that is counted.
#pragma once

#include <cstdint>
#include <vector>

#include "placement/scheduler.h"
#include "sim/baselines.h"
#include "sim/load.h"

namespace hearth::sim {

// What the scheduler is told of and what it is not: clusters that take a while to be ready, sessions that
// must catch up on each cluster that is new to them, memory that estimates get wrong.
struct PoolModel {
  Slots slots;
  uint64_t cluster_memory = uint64_t{64} << 30;
  Duration start_time = std::chrono::seconds(2);
  Duration catch_up = std::chrono::milliseconds(5);
  // Of the estimates, so that their p99 is right.
  double sigma = 1.4;
};

struct PoolRun {
  Responses responses;
  // FNV-1a over every decision with its time, place and cause: equal logs have equal hashes.
  uint64_t log_hash = 0;
  size_t decisions = 0;
  size_t suspects = 0;
  size_t restarts = 0;
  // Of all slot time, what restarts threw away.
  double wasted = 0;
  // How often a cluster held more than its memory in truth.
  size_t memory_exceeded = 0;
};

// Options of the scheduler for clusters of slots that do not disturb each other.
placement::Options SlotOptions(const PoolModel& model);

PoolRun RunPool(const std::vector<Query>& load, const PoolModel& model, const placement::Options& options);

}  // namespace hearth::sim
