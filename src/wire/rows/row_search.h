#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

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

  /// Of rows that another process has delivered: they must be the first `count` of the new run, in any order,
  /// and `is_proof` is asked whether the digest of those is that of the delivered ones.
  RowSearch(int64_t count, std::function<bool(uint64_t digest)> is_proof)
      : older_{.count = count}, first_(count), is_proof_(std::move(is_proof)) {}

  /// True if this row of the new run is one of them. Undefined once failed().
  bool Find(uint64_t row);

  /// The client has had rows that are not where they should be.
  bool failed() const;
  /// Rows to be found yet.
  int64_t missing() const { return older_.count + static_cast<int64_t>(latest_left_); }
  /// Of the rows; nothing if it is not known.
  std::optional<uint64_t> schema() const { return schema_; }

 private:
  std::optional<uint64_t> schema_;
  RowSum older_;
  int64_t first_ = 0;
  std::function<bool(uint64_t digest)> is_proof_;
  std::unordered_map<uint64_t, uint32_t> latest_;
  size_t latest_left_ = 0;
};

}  // namespace hearth::wire
