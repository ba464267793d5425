#include "sim/figures.h"

#include <algorithm>

namespace hearth::sim {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double Percentile(std::vector<double>& values, double share) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

Figures FiguresOf(const std::vector<Query>& load, const Responses& responses) {
  Figures figures;
  if (load.empty()) return figures;
  std::vector<double> slowdowns(load.size());
  for (size_t i = 0; i < load.size(); ++i) {
    figures.mean_response_seconds += Seconds(responses[i]) / static_cast<double>(load.size());
    slowdowns[i] = Seconds(responses[i]) / std::max(1.0, Seconds(load[i].work));
  }
  figures.slowdown_p99 = Percentile(slowdowns, 0.99);
  figures.slowdown_p999 = Percentile(slowdowns, 0.999);
  return figures;
}

}  // namespace hearth::sim
