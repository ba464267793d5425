// Rows on their way from one operator to the next, as far as they can be told.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "placement/size/inputs.h"
#include "spark/plan/expression.h"

namespace hearth::placement {

/// A column of rows.
struct Column {
  double width = 8;     ///< bytes a value
  double distinct = 0;  ///< values where it comes from; 0: not known
  double origin = 0;    ///< rows where it comes from; 0: not known
  double null_share = 0;
  std::optional<std::pair<double, double>> range;
  /// Of a partition column, else nullptr.
  std::shared_ptr<const InputFacts> facts;
  const ColumnFacts* partition = nullptr;

  /// How many values it may have at most, where it comes from.
  double Domain() const;
};

using Columns = std::unordered_map<std::string, Column>;  // by names in lower case

/// Columns that came together, under the name that the query gives them.
struct Part {
  std::string qualifier;  ///< in lower case; "": none
  std::shared_ptr<const Columns> columns;
};

/// What is read of an input, as long as filters may still make it less.
struct Scan {
  double stored_bytes = 0;
  double raw_bytes = 0;
  double values = 0;
  double rows = 0;
  double parsed_bytes = 0;
};

struct Flow {
  double rows = 0;
  double width = 8;  ///< bytes a row
  /// Variance of the logarithm of `rows`.
  double variance = 0;
  std::vector<Part> parts;
  Scan scan;
  /// It compares with columns of the query around it, whose values it has so many of: what it aggregates, it
  /// aggregates for each. 0: it does not.
  double outer_keys = 0;

  /// nullptr: it has no such column, or it is not known.
  const Column* Find(const spark::UnresolvedAttribute& name) const;
  /// Some column of it is not known, so that any name may be one.
  bool is_open = false;
};

/// How many of so many different values are among rows drawn from them.
double DistinctAmong(double rows, double values);

}  // namespace hearth::placement
