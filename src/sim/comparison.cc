#include "sim/comparison.h"

#include <utility>

namespace hearth::sim {
namespace {

Row RowOf(std::string policy, const std::vector<Query>& load, const PoolRun& run) {
  Row row;
  row.policy = std::move(policy);
  row.figures = FiguresOf(load, run.responses);
  row.wasted = run.wasted;
  row.restarts = run.restarts;
  row.log_hash = run.log_hash;
  return row;
}

}  // namespace

std::vector<Row> Compare(const LoadOptions& options) {
  const std::vector<Query> load = FleetLoad(options);
  PoolModel model;
  model.sigma = options.sigma;
  const Slots& slots = model.slots;
  std::vector<Row> rows;
  const auto add = [&](const char* policy, const Responses& responses) {
    rows.push_back({.policy = policy, .figures = FiguresOf(load, responses)});
  };
  add("one queue, first come", GlobalFirstCome(load, slots));
  add("join shortest queue, first come", JoinShortestQueue(load, slots));
  add("size intervals (SITA-E)", SizeIntervals(load, slots));
  add("one queue, shortest estimate", ShortestEstimateFirst(load, slots));
  add("clairvoyant, preemptive (SRPT)", ClairvoyantShortestRemaining(load, slots));
  const double clairvoyant = rows.back().figures.mean_response_seconds;
  placement::Options hearth = SlotOptions(model);
  rows.push_back(RowOf("Hearth", load, RunPool(load, model, hearth)));
  hearth.restarts_max = 2;
  rows.push_back(RowOf("Hearth, with restarts", load, RunPool(load, model, hearth)));
  for (Row& row : rows) row.times_clairvoyant = row.figures.mean_response_seconds / clairvoyant;
  return rows;
}

bool Meets(const Row& row, const Bars& bars) {
  return row.figures.slowdown_p99 <= bars.slowdown_p99 && row.times_clairvoyant <= bars.times_clairvoyant;
}

}  // namespace hearth::sim
