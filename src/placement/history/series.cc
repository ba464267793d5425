#include "placement/history/series.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "placement/size/costs.h"

namespace hearth::placement {

namespace {

/// Of the logarithm of one attempt around the next one with other parameters.
constexpr double kSpreadOfARun = 0.3;
/// More of it for each e-fold between the two plans, since plans scale only roughly.
constexpr double kSpreadOfScaling = 0.35;
constexpr double kSpreadOfOtherVersions = 0.3;
/// An attempt whose plan is not known says nothing of how far this one's is from it.
constexpr double kSpreadWithoutPlan = 0.3;
constexpr double kSpreadOfABound = 0.5;
/// How far beyond a bound that was reached the truth is looked for.
constexpr double kBeyondABound = 0.4;
/// What each newer attempt takes from an older one's weight.
constexpr double kFading = 0.85;
/// A run's spread is believed from this many runs on as much as what is taken for usual.
constexpr double kUsualRuns = 3;
constexpr double kUsualSpread = 0.3;

/// What one attempt says of the next: the logarithm, and how much it is worth.
struct Vote {
  double value;
  double weight;
};

/// What each attempt says, adjusted to this plan.
class Votes {
 public:
  Votes(const Series& series, Measure Sample::* amount, uint32_t version, double planned)
      : series_(series), amount_(amount), version_(version), planned_(planned) {
    double freshness = 1;
    for (size_t i = 0; i < series_.samples.size(); ++i) {
      freshness_.push_back(freshness);
      // What is no more than a bound makes nothing older.
      if (KindOf(i) == Measure::kExact) freshness *= kFading;
    }
  }

  Vote Of(size_t i, double further_spread) const {
    const Sample& sample = series_.samples[i];
    const Measure& measure = sample.*amount_;
    const bool has_plan = measure.planned && sample.model == kCostsVersion;
    const double distance = has_plan ? planned_ - *measure.planned : 0;
    double variance = kSpreadOfARun * kSpreadOfARun + further_spread * further_spread;
    variance += distance * distance * kSpreadOfScaling * kSpreadOfScaling;
    if (!has_plan) variance += kSpreadWithoutPlan * kSpreadWithoutPlan;
    if (sample.version != version_) variance += kSpreadOfOtherVersions * kSpreadOfOtherVersions;
    return {measure.actual + distance, freshness_[i] / variance};
  }

  std::vector<Vote> Exact() const {
    std::vector<Vote> votes;
    for (size_t i = 0; i < series_.samples.size(); ++i) {
      if (KindOf(i) == Measure::kExact) votes.push_back(Of(i, 0));
    }
    return votes;
  }

  /// Bounds that `center` would break.
  void AddBroken(double center, std::vector<Vote>* votes) const {
    for (size_t i = 0; i < series_.samples.size(); ++i) {
      const Vote vote = Of(i, kSpreadOfABound);
      if (KindOf(i) == Measure::kAtLeast && center < vote.value)
        votes->push_back({vote.value + kBeyondABound, vote.weight});
      if (KindOf(i) == Measure::kAtMost && center > vote.value) votes->push_back(vote);
    }
  }

  /// A bound that nothing exact came after: the next one shall not run into it again.
  std::optional<double> LatestBound() const {
    std::optional<double> bound;
    for (size_t i = 0; i < series_.samples.size() && KindOf(i) != Measure::kExact; ++i) {
      if (KindOf(i) == Measure::kAtLeast) bound = std::max(bound.value_or(-1e9), Of(i, 0).value);
    }
    return bound;
  }

 private:
  Measure::Kind KindOf(size_t i) const { return (series_.samples[i].*amount_).kind; }

  const Series& series_;
  Measure Sample::* const amount_;
  const uint32_t version_;
  const double planned_;
  std::vector<double> freshness_;
};

double WeightOf(const std::vector<Vote>& votes) {
  double weight = 0;
  for (const Vote& vote : votes) weight += vote.weight;
  return weight;
}

double WeightedMedian(std::vector<Vote> votes) {
  std::sort(votes.begin(), votes.end(), [](const Vote& a, const Vote& b) { return a.value < b.value; });
  double left = WeightOf(votes) / 2;
  for (const Vote& vote : votes) {
    left -= vote.weight;
    if (left <= 0) return vote.value;
  }
  return votes.back().value;
}

struct Center {
  double value;
  double spread;
};

/// The mean of those near the median: one outlier among three or more moves nothing.
Center CenterOf(const std::vector<Vote>& votes) {
  const double median = WeightedMedian(votes);
  std::vector<Vote> distances;
  for (const Vote& vote : votes) distances.push_back({std::abs(vote.value - median), vote.weight});
  const double near = 3 * std::max(1.4826 * WeightedMedian(distances), 0.1);
  double weight = 0;
  double sum = 0;
  double squares = 0;
  double all = 0;
  for (const Vote& vote : votes) {
    // Of what is far off only that there was something.
    const double distance = std::clamp(vote.value - median, -near, near);
    all += vote.weight;
    squares += vote.weight * distance * distance;
    if (std::abs(distance) == near) continue;
    weight += vote.weight;
    sum += vote.weight * vote.value;
  }
  const double mean = sum / weight;
  const double variance = squares / all;
  const auto runs = static_cast<double>(votes.size());
  const double blended = (variance * runs + kUsualSpread * kUsualSpread * kUsualRuns) / (runs + kUsualRuns);
  return {mean, std::sqrt(blended)};
}

std::string SourceOf(size_t runs, bool is_bound) {
  return (is_bound ? "history: at least what it had in " : "history: ") + std::to_string(runs) +
         (runs == 1 ? " run" : " runs");
}

// ---- records ----

template <typename T>
void Put(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
bool Take(std::string_view* in, T* value) {
  if (in->size() < sizeof(T)) return false;
  *value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    *value =
        static_cast<T>(*value | static_cast<T>(static_cast<T>(static_cast<uint8_t>((*in)[i])) << (8 * i)));
  }
  in->remove_prefix(sizeof(T));
  return true;
}

void PutMeasure(const Measure& measure, std::string* out) {
  Put<uint8_t>(static_cast<uint8_t>(measure.kind | (measure.planned ? 0x80 : 0)), out);
  Put(std::bit_cast<uint32_t>(measure.actual), out);
  Put(std::bit_cast<uint32_t>(measure.planned.value_or(0)), out);
}

bool IsLogarithm(float value) { return std::abs(value) <= 50; }  // false for what is no number

bool TakeMeasure(std::string_view* in, Measure* measure) {
  uint8_t kind;
  uint32_t actual;
  uint32_t planned;
  if (!Take(in, &kind) || !Take(in, &actual) || !Take(in, &planned)) return false;
  if ((kind & 0x7F) > Measure::kAtMost) return false;
  measure->kind = static_cast<Measure::Kind>(kind & 0x7F);
  measure->actual = std::bit_cast<float>(actual);
  const auto of_plan = std::bit_cast<float>(planned);
  if ((kind & 0x80) != 0) measure->planned = of_plan;
  return IsLogarithm(measure->actual) && IsLogarithm(of_plan);
}

}  // namespace

void Series::Add(const Sample& sample) {
  samples.insert(samples.begin(), sample);
  if (samples.size() > kSamplesMax) samples.pop_back();
}

void Series::Encode(std::string* out) const {
  Put(static_cast<uint8_t>(engine.size()), out);
  *out += engine;
  Put(static_cast<uint8_t>(samples.size()), out);
  for (const Sample& sample : samples) {
    PutMeasure(sample.work, out);
    PutMeasure(sample.memory, out);
    Put(sample.version, out);
    Put(sample.model, out);
  }
}

std::optional<Series> Series::Decode(std::string_view* in) {
  Series series;
  uint8_t size;
  if (!Take(in, &size) || in->size() < size) return std::nullopt;
  series.engine = std::string(in->substr(0, size));
  in->remove_prefix(size);
  if (!Take(in, &size) || size > kSamplesMax) return std::nullopt;
  for (uint8_t i = 0; i < size; ++i) {
    Sample sample;
    if (!TakeMeasure(in, &sample.work) || !TakeMeasure(in, &sample.memory) || !Take(in, &sample.version) ||
        !Take(in, &sample.model))
      return std::nullopt;
    series.samples.push_back(sample);
  }
  return series;
}

Amount Forecast(const Series& series, Measure Sample::* amount, uint32_t version, const Amount& planned) {
  const double plan = std::log(std::max(planned.median, 1e-9));
  const double plan_spread = std::max(planned.spread, 0.1);
  const Vote of_plan{plan, 1 / (plan_spread * plan_spread)};
  const Votes all(series, amount, version, plan);
  std::vector<Vote> votes = all.Exact();
  const size_t exact = votes.size();
  all.AddBroken(exact > 0 ? CenterOf(votes).value : plan, &votes);
  const auto bound = all.LatestBound();
  if (votes.empty() && !bound) return planned;
  Center center{plan, planned.spread};
  if (!votes.empty()) {
    const Center seen = CenterOf(votes);
    const double weight = WeightOf(votes);
    center.value = (seen.value * weight + plan * of_plan.weight) / (weight + of_plan.weight);
    const double of_center = 1 / (weight + of_plan.weight);
    center.spread = std::sqrt(seen.spread * seen.spread + of_center);
  }
  const bool is_bound = bound && center.value < *bound + kBeyondABound;
  if (is_bound) {
    center.value = *bound + kBeyondABound;
    center.spread = std::max(center.spread, kSpreadOfABound);
  }
  return Tamed(
      Amount{std::exp(std::min(center.value, 45.0)), center.spread, SourceOf(votes.size(), is_bound)});
}

}  // namespace hearth::placement
