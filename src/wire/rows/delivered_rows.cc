#include "wire/rows/delivered_rows.h"

#include "wire/rows/mix.h"

namespace hearth::wire {

namespace {
uint64_t Other(uint64_t row) { return Mix(row ^ 0xBB67AE8584CAA73B); }
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

void DeliveredRows::Add(const std::optional<RowHashes>& batch, size_t bytes) {
  if (!is_whole_) return;
  bytes_ += bytes;
  if (!batch || bytes_ > limits_.bytes_max) return Forget();
  if (all_.count == 0) schema_ = batch->schema;
  if (batch->schema != schema_) return Forget();
  for (const uint64_t row : batch->rows) {
    all_.Add(row);
    latest_.push_back(row);
  }
  while (latest_.size() > limits_.exact_rows_max) {
    older_.Add(latest_.front());
    latest_.pop_front();
  }
}

std::optional<uint64_t> DeliveredRows::digest() const {
  if (!is_whole_) return std::nullopt;
  return Mix(all_.low + static_cast<uint64_t>(all_.count)) ^ all_.high;
}

void DeliveredRows::Forget() {
  is_whole_ = false;
  latest_ = {};
}

}  // namespace hearth::wire
