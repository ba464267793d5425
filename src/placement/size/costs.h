// What an engine's operators cost for each row and byte, and how much of it is what.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth::placement {

/// Raised when estimates of plans become others than before: what they were then compares with nothing now.
inline constexpr uint32_t kCostsVersion = 1;

/// What operators do, in the units that cost something.
enum class Effort : size_t {
  kStatements,      ///< 1 for each operation
  kFiles,           ///< files that are opened
  kScannedBytes,    ///< decoded bytes of columns that are read
  kScannedValues,   ///< rows times columns that are read
  kParsedBytes,     ///< of CSV, JSON and text
  kComputedValues,  ///< rows times expressions
  kTextMatches,     ///< rows times patterns (LIKE, RLIKE)
  kBuiltRows,       ///< put into a join's table
  kProbedRows,      ///< looked up in one
  kJoinedRows,      ///< that a join gives
  kPairs,           ///< compared one with the other, in a join without equality
  kGroupedRows,     ///< put into groups
  kGroups,          ///< made
  kSortedRows,      ///< times the logarithm of base 2 of how many are sorted
  kWindowedRows,
  kResultBytes,  ///< sent to the client or written
  kCount
};

/// How much of each.
using Efforts = std::array<double, static_cast<size_t>(Effort::kCount)>;

inline double& Of(Efforts& efforts, Effort effort) { return efforts[static_cast<size_t>(effort)]; }
inline double Of(const Efforts& efforts, Effort effort) { return efforts[static_cast<size_t>(effort)]; }

/// Of one engine.
struct Costs {
  std::string_view engine;
  Efforts seconds;  ///< processor time of one unit of each
  /// Bytes that any operation holds, how many for one that stays (in tables of joins and groups, and in
  /// sorts), and for one that is read, as long as that is not more than a reader ever holds.
  double memory_base;
  double memory_held;
  double memory_input;
  double memory_input_max = 1e9;
  /// How far such estimates lie from what is measured, if all inputs are known: as Amount::spread.
  double work_spread;
  double memory_spread;
};

/// "native" or "spark"; of any other engine those of "spark".
const Costs& CostsOf(std::string_view engine);

}  // namespace hearth::placement
