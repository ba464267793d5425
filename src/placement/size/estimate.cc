#include "placement/size/estimate.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hearth::placement {

namespace {

constexpr double kMiB = 1 << 20;

/// The standard normal distribution's quantile, by bisection: nobody asks for it often.
double NormalQuantile(double probability) {
  double low = -8;
  double high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < probability ? low : high) = middle;
  }
  return low;
}

}  // namespace

double Amount::Quantile(double probability) const {
  constexpr double kNormalP99 = 2.3263478740408408;
  const double normal = probability == 0.99 ? kNormalP99 : NormalQuantile(probability);
  return std::min(median * std::exp(spread * normal), kMedianMax);
}

Amount Tamed(Amount amount) {
  // Written so that what is no number goes the way of what is too small.
  amount.median = amount.median > 0 ? std::min(amount.median, Amount::kMedianMax) : 0;
  if (std::isnan(amount.spread)) amount.spread = Amount::kSpreadOfIgnorance;
  amount.spread = std::clamp(amount.spread, 0.0, Amount::kSpreadMax);
  return amount;
}

Estimate Tamed(Estimate estimate) {
  for (Amount* amount :
       {&estimate.input_bytes, &estimate.input_rows, &estimate.work, &estimate.peak_memory}) {
    *amount = Tamed(std::move(*amount));
  }
  return estimate;
}

Estimate UnknownEstimate(const std::string& source) {
  constexpr double kSpread = Amount::kSpreadOfIgnorance;
  return {.input_bytes = {16 * kMiB, kSpread, source},
          .input_rows = {100'000, kSpread, source},
          .work = {0.1, kSpread, source},
          .peak_memory = {32 * kMiB, kSpread, source}};
}

}  // namespace hearth::placement
