// Work for the simulator: queries as a public fleet has them, made of published numbers and a seed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace hearth::sim {

using base::Instant;
using Duration = Instant::duration;

struct Query {
  Instant arrival{};
  Duration work{0};      // what it takes in truth, on one slot
  Duration estimate{0};  // what is believed of that
  uint64_t memory_bytes = 0;
  uint64_t memory_estimate = 0;
  uint32_t user = 0;
};

// FLEET: Poisson arrivals whose rate is drawn again every 15 minutes from a lognormal(0.5) with mean 1; sizes
// from the latency histogram of Amazon Redshift's fleet as published at VLDB'24 (log-uniform inside each
// bucket, the last one up to 30 h), so mean 5.66 s with a squared coefficient of variation of 937; estimates
// are the size times a lognormal(sigma): with 1.4 a tenth is wrong by more than ten times, with 2.5 a third.
struct LoadOptions {
  uint64_t seed = 1;
  size_t queries = 2'000'000;
  double sigma = 1.4;
  double utilisation = 0.70;
  int slots = 64;
  uint32_t users = 1;
};

// Two loads that differ in sigma alone have the same arrivals and sizes. In the order of arrival.
std::vector<Query> FleetLoad(const LoadOptions& options);

}  // namespace hearth::sim
