// How what was expected of operations compares with what they took.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/operation_account.h"

namespace hearth::apps {

// What was expected of one amount, and what it was.
struct Comparison {
  double expected = 0;  // the median
  double p99 = 0;       // 0: none was expected
  double actual = 0;
  std::string source_kind;  // ExpectedAmount::SourceKind
};

// An attempt whose cluster placement chose, and that succeeded: others tell less than what they would have
// taken.
struct Outcome {
  int64_t started_at_ms = 0;  // its operation, since the epoch
  std::string engine;
  // In milliseconds, from placement to the end.
  std::optional<Comparison> finish;
  // In seconds and bytes; nothing of one that shared its cluster (AttemptAccount::WorkTaken, MemoryTaken).
  std::optional<Comparison> work;
  std::optional<Comparison> memory;
};

std::vector<Outcome> OutcomesOf(const OperationAccount& operation);

// Of one amount, over the attempts of a group of which it is known.
struct Fit {
  size_t count = 0;
  // Of the q-error, max(actual / expected, expected / actual): 1 is exact. 0 if there are none.
  double q_p50 = 0;
  double q_p90 = 0;
  // Part of them that took no more than the p99 that was expected, 0 to 1, and part that took more than the
  // median: 0.99 and 0.5 of a good estimate. Nothing if there are none, or no p99 was expected.
  std::optional<double> within_p99;
  std::optional<double> above_median;
};

struct CalibrationRow {
  std::string group;
  // Attempts in it.
  size_t count = 0;
  // From placement to the end; no p99 is expected of it.
  Fit finish;
  Fit work;
  Fit memory;
};

struct Calibration {
  std::vector<CalibrationRow> rows;
  // Of the attempts, milliseconds since the epoch; 0 if there are none.
  int64_t first_ms = 0;
  int64_t last_ms = 0;
};

// Rows: all; each engine; what took less, and more, work than up to which clusters are shared; each kind of
// source (each amount by its own, finish by that of the work); the two halves in the order of admission.
// Groups without attempts are left out.
Calibration CalibrationOf(std::vector<Outcome> outcomes);

nlohmann::ordered_json JsonOf(const Calibration& calibration);
// For people.
std::string TextOf(const Calibration& calibration);

}  // namespace hearth::apps
