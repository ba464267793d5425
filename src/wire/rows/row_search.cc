#include "wire/rows/row_search.h"

namespace hearth::wire {

RowSearch::RowSearch(const DeliveredRows& delivered)
    : schema_(delivered.schema()), older_(delivered.older()), latest_left_(delivered.latest().size()) {
  latest_.reserve(latest_left_);
  for (const uint64_t row : delivered.latest()) ++latest_[row];
}

bool RowSearch::failed() const {
  if (older_.count > 0) return false;
  if (!is_proof_) return older_ != RowSum();
  // What was removed from nothing is there with the other sign.
  return !is_proof_(RowSum{.count = first_, .low = 0 - older_.low, .high = 0 - older_.high}.digest());
}

bool RowSearch::Find(uint64_t row) {
  if (latest_left_ > 0) {
    const auto found = latest_.find(row);
    if (found != latest_.end()) {
      if (--found->second == 0) latest_.erase(found);
      --latest_left_;
      return true;
    }
  }
  if (older_.count == 0) return false;
  older_.Remove(row);
  return true;
}

}  // namespace hearth::wire
