#include "wire/rows/delivered_rows.h"

#include "wire/rows/mix.h"

namespace hearth::wire {

namespace {
uint64_t Other(uint64_t row) { return Mix(row ^ 0xBB67AE8584CAA73B); }

template <typename Iterator>
void AddAll(Iterator begin, Iterator end, RowSum* sum) {
  RowSum whole = *sum;  // In registers: this is done for millions.
  for (; begin != end; ++begin) {
    whole.low += *begin;
    whole.high += Other(*begin);
    ++whole.count;
  }
  *sum = whole;
}
}  // namespace

void RowSum::Add(uint64_t row) {
  ++count;
  low += row;
  high += Other(row);
}

void RowSum::Remove(uint64_t row) {
  --count;
  low -= row;
  high -= Other(row);
}

uint64_t RowSum::digest() const { return Mix(low + static_cast<uint64_t>(count)) ^ high; }

void DeliveredRows::Add(const std::optional<RowHashes>& batch, size_t bytes) {
  if (!is_whole_) return;
  bytes_ += bytes;
  if (!batch || bytes_ > limits_.bytes_max) return Forget();
  if (all_.count == 0) schema_ = batch->schema;
  if (batch->schema != schema_) return Forget();
  AddAll(batch->rows.begin(), batch->rows.end(), &all_);
  latest_.insert(latest_.end(), batch->rows.begin(), batch->rows.end());
  if (latest_.size() <= limits_.exact_rows_max) return;
  const auto end = latest_.end() - static_cast<ptrdiff_t>(limits_.exact_rows_max);
  AddAll(latest_.begin(), end, &older_);
  latest_.erase(latest_.begin(), end);
}

std::optional<uint64_t> DeliveredRows::digest() const {
  if (!is_whole_) return std::nullopt;
  return all_.digest();
}

void DeliveredRows::Forget() {
  is_whole_ = false;
  latest_ = {};
}

}  // namespace hearth::wire
