#pragma once

#include <cstdint>
#include <unordered_map>

#include "wire/rows/delivered_rows.h"

namespace hearth::wire {

/// Finds the rows that a client has had among those of another run of its query, to leave them out there.
///
/// The latest ones are found wherever they are. Those before must be the first ones of the new run, in any
/// order, but for latest ones among them: so it is with a sorted result (ties may change places with their
/// neighbours) and with one whose order stays; of another one so many rows are found as are remembered each
/// by itself. As soon as all are found, what was left out is proven to be what the client has had.
class RowSearch {
 public:
  /// REQUIRES: delivered.is_whole().
  explicit RowSearch(const DeliveredRows& delivered);

  /// True if this row of the new run is one of them. Undefined once failed().
  bool Find(uint64_t row);

  /// The client has had rows that are not where they should be.
  bool failed() const { return older_.count == 0 && older_ != RowSum(); }
  /// Rows to be found yet.
  int64_t missing() const { return older_.count + static_cast<int64_t>(latest_left_); }
  uint64_t schema() const { return schema_; }

 private:
  const uint64_t schema_;
  RowSum older_;
  std::unordered_map<uint64_t, uint32_t> latest_;
  size_t latest_left_;
};

}  // namespace hearth::wire
