#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "wire/rows/row_hash.h"

namespace hearth::wire {

/// How many rows, and which, whatever their order.
struct RowSum {
  int64_t count = 0;
  uint64_t low = 0;
  uint64_t high = 0;

  void Add(uint64_t row);
  void Remove(uint64_t row);
  bool operator==(const RowSum&) const = default;
  /// Short for all of them.
  uint64_t digest() const;
};

/// The rows that a client has had, remembered by their hashes, to find them again in another run: the latest
/// each by itself, those before by their sum.
class DeliveredRows {
 public:
  struct Limits {
    /// So many are remembered each by itself.
    size_t exact_rows_max = size_t{1} << 18;
    /// After so many bytes of responses no more is remembered: looking at rows takes processor time, some 40
    /// ms for as many of the shortest.
    size_t bytes_max = size_t{64} << 20;
  };
  explicit DeliveredRows(const Limits& limits) : limits_(limits) {}

  /// The rows of one response of this size; nothing if they cannot be told apart.
  void Add(const std::optional<RowHashes>& batch, size_t bytes);

  /// All rows are remembered; else nothing is of use.
  bool is_whole() const { return is_whole_; }
  const RowSum& all() const { return all_; }
  /// Short for all of them; nothing if they are not remembered.
  std::optional<uint64_t> digest() const;
  /// Of their Arrow schema.
  uint64_t schema() const { return schema_; }
  const RowSum& older() const { return older_; }
  const std::deque<uint64_t>& latest() const { return latest_; }

 private:
  void Forget();

  Limits limits_;
  bool is_whole_ = true;
  size_t bytes_ = 0;
  uint64_t schema_ = 0;
  RowSum all_;
  RowSum older_;
  std::deque<uint64_t> latest_;
};

}  // namespace hearth::wire
