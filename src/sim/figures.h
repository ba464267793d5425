// What a run was worth to those who waited.
#pragma once

#include <vector>

#include "sim/baselines.h"
#include "sim/load.h"

namespace hearth::sim {

struct Figures {
  double mean_response_seconds = 0;
  // Of the bounded slowdown, response / max(size, 1 s): what a percentage of all queries stays at or below.
  double slowdown_p99 = 0;
  double slowdown_p999 = 0;
};

Figures FiguresOf(const std::vector<Query>& load, const Responses& responses);

}  // namespace hearth::sim
