// The latest attempts of one workload on one engine, as a record and as a forecast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "placement/size/estimate.h"

namespace hearth::placement {

/// One of the amounts of one attempt, as natural logarithms.
struct Measure {
  enum Kind : uint8_t {
    kUnknown,
    kExact,
    kAtLeast,
    kAtMost,
  };
  Kind kind = kUnknown;
  float actual = 0;
  /// What had been estimated from the plan.
  std::optional<float> planned;
};

struct Sample {
  Measure work;
  Measure memory;
  /// Of the engine, as a number that tells versions apart.
  uint32_t version = 0;
  /// kCostsVersion of what was planned.
  uint32_t model = 0;
};

struct Series {
  /// Enough for a spread; what is older would hide drift.
  static constexpr size_t kSamplesMax = 24;

  std::string engine;
  std::vector<Sample> samples;  // newest first

  void Add(const Sample& sample);

  /// Appends its record to `out`; the other takes it from the front of `in`. Nothing for what makes no sense.
  void Encode(std::string* out) const;
  static std::optional<Series> Decode(std::string_view* in);
};

/// `planned` with what the series says of one of its amounts. Each attempt says: as far from its own plan as
/// then. So a plan that reads ten times as much is taken for ten times the work, and the attempts whose plans
/// were most like this one count for most. Pure.
Amount Forecast(const Series& series, Measure Sample::* amount, uint32_t version, const Amount& planned);

}  // namespace hearth::placement
