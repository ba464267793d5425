#include "placement/need.h"

#include <algorithm>
#include <cmath>

namespace hearth::placement {
namespace {

bool IsNumber(double value) { return std::isfinite(value) && value > 0; }

/// Positive, at most `most`; infinite is a lot, anything else that is no positive number is `unknown`.
double Sane(double value, double unknown, double most) {
  if (std::isinf(value) && value > 0) return most;
  return IsNumber(value) ? std::min(value, most) : unknown;
}

Spread SaneSpread(const Spread& spread, double unknown, double most, int ratio) {
  Spread sane;
  sane.median = Sane(spread.median, unknown, most);
  const bool has_p99 = !std::isnan(spread.p99) && spread.p99 >= sane.median;
  sane.p99 = has_p99 ? std::min(spread.p99, most) : std::min(sane.median * ratio, most);
  return sane;
}

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Duration FromSeconds(double seconds) { return Duration(static_cast<int64_t>(seconds * 1e9)); }

}  // namespace

Need NeedOf(const Request& request, const EngineRules& rules, const Options& options, Expectation* sane) {
  const double most = Seconds(options.work_max);
  Spread work =
      SaneSpread(request.estimate.work_seconds, Seconds(options.unknown_work), most, options.unknown_spread);
  // Whoever has run for a while without coming to an end is expected to run for as long again.
  const double attained =
      std::min(most, 2 * Seconds(std::max(Duration(0), std::min(request.attained, options.work_max))));
  work = {std::max(work.median, attained), std::max(work.p99, attained)};
  constexpr double kMemoryMost = 0x1p60;
  // Nobody needs ten times the usual memory of his kind as often as ten times the time.
  constexpr int kMemorySpread = 2;
  const Spread memory = SaneSpread(request.estimate.memory_bytes, static_cast<double>(options.unknown_memory),
                                   kMemoryMost, kMemorySpread);
  if (sane) *sane = {work, memory, request.estimate.source};
  const double cores = IsNumber(rules.parallelism) ? rules.parallelism : 1;
  Need need;
  need.work = FromSeconds(work.median);
  need.run = FromSeconds(std::min(most, work.median / cores));
  need.run_p99 = std::max(options.suspect_min, FromSeconds(std::min(most, work.p99 / cores)));
  need.memory = static_cast<uint64_t>(memory.p99);
  need.alone = need.work > rules.shared_work_max;
  return need;
}

Rank RankOf(const Need& need, Profile profile, const EngineRules& rules) {
  const bool is_small = need.work <= rules.shared_work_max;
  const bool is_awaited = profile == Profile::kInteractive;
  return is_small && is_awaited ? Rank::kFirst : is_small || is_awaited ? Rank::kMiddle : Rank::kLast;
}

Instant TurnOf(const Need& need, Profile profile, Instant since, const Options& options) {
  const double weight = profile == Profile::kBatch ? std::max(1, options.batch_weight) : 1;
  const double work = Seconds(need.work) * weight;
  const double patience =
      Seconds(options.passed_over_max) * work / (work + Seconds(options.half_patience_work));
  return since + FromSeconds(patience);
}

}  // namespace hearth::placement
