#pragma once

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "store/batch.h"

namespace hearth::store {

/// What batches do to a store, one after the other, in as few changes as it takes: prefixes that are erased
/// first, then single keys that are, then what is put. It points into the batches, which must stay as they
/// are. Not thread-safe.
class PendingChanges {
 public:
  void Add(const Batch& batch);
  void Clear();

  /// What is known of a key without looking into the store.
  enum class Known { kNothing, kErased, kPut };
  Known Find(std::string_view key, std::string_view* value) const;

  const std::vector<std::string_view>& erased_prefixes() const { return erased_prefixes_; }
  const std::set<std::string_view>& erased() const { return erased_; }
  const std::map<std::string_view, std::string_view>& put() const { return put_; }
  bool empty() const { return erased_prefixes_.empty() && erased_.empty() && put_.empty(); }

 private:
  void ErasePrefix(std::string_view prefix);

  std::vector<std::string_view> erased_prefixes_;
  std::set<std::string_view> erased_;
  std::map<std::string_view, std::string_view> put_;
};

}  // namespace hearth::store
