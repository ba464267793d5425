// One load, every policy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/figures.h"
#include "sim/load.h"
#include "sim/pool_run.h"

namespace hearth::sim {

struct Row {
  std::string policy;
  Figures figures;
  double times_clairvoyant = 0;  // mean response over that of the clairvoyant policy
  // Of Hearth's own policy alone.
  double wasted = 0;
  size_t restarts = 0;
  uint64_t log_hash = 0;  // 0: no log
};

// What others do, the clairvoyant policy, and Hearth's without and with restarts (at most two an operation),
// in this order.
std::vector<Row> Compare(const LoadOptions& options);

// What Hearth's policy is held to with estimates of sigma 1.4, for each seed.
struct Bars {
  double slowdown_p99;
  double times_clairvoyant;
};
constexpr Bars kWithoutRestarts = {1.85, 1.20};
constexpr Bars kWithRestarts = {1.50, 1.10};
bool Meets(const Row& row, const Bars& bars);

}  // namespace hearth::sim
