#include "store/pending_changes.h"

#include <algorithm>

namespace hearth::store {

namespace {

bool HasPrefix(std::string_view key, std::string_view prefix) {
  return key.substr(0, prefix.size()) == prefix;
}

std::string_view KeyOf(const std::string_view& key) { return key; }
std::string_view KeyOf(const std::pair<const std::string_view, std::string_view>& entry) {
  return entry.first;
}

template <typename Ordered>
void RemovePrefix(std::string_view prefix, Ordered* ordered) {
  auto end = ordered->lower_bound(prefix);
  while (end != ordered->end() && HasPrefix(KeyOf(*end), prefix)) ++end;
  ordered->erase(ordered->lower_bound(prefix), end);
}

}  // namespace

void PendingChanges::Add(const Batch& batch) {
  for (const Batch::Step& step : batch.steps()) {
    switch (step.change) {
      case Batch::Change::kPut:
        erased_.erase(step.key);
        put_.insert_or_assign(step.key, step.value);
        break;
      case Batch::Change::kErase:
        put_.erase(step.key);
        erased_.insert(step.key);
        break;
      case Batch::Change::kErasePrefix: ErasePrefix(step.key); break;
    }
  }
}

void PendingChanges::ErasePrefix(std::string_view prefix) {
  RemovePrefix(prefix, &erased_);
  RemovePrefix(prefix, &put_);
  erased_prefixes_.push_back(prefix);
}

void PendingChanges::Clear() {
  erased_prefixes_.clear();
  erased_.clear();
  put_.clear();
}

PendingChanges::Known PendingChanges::Find(std::string_view key, std::string_view* value) const {
  if (const auto found = put_.find(key); found != put_.end()) {
    *value = found->second;
    return Known::kPut;
  }
  const bool erased = erased_.count(key) != 0 ||
                      std::any_of(erased_prefixes_.begin(), erased_prefixes_.end(),
                                  [key](std::string_view prefix) { return HasPrefix(key, prefix); });
  return erased ? Known::kErased : Known::kNothing;
}

}  // namespace hearth::store
