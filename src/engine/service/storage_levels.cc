#include "engine/service/storage_levels.h"

namespace hearth::engine {

void StorageLevels::Set(const std::string& plan, const StorageLevel& level) {
  absl::MutexLock lock(&mutex_);
  levels_.emplace(plan, level);
}

void StorageLevels::Unset(const std::string& plan) {
  absl::MutexLock lock(&mutex_);
  levels_.erase(plan);
}

std::optional<StorageLevel> StorageLevels::Find(const std::string& plan) const {
  absl::MutexLock lock(&mutex_);
  const auto found = levels_.find(plan);
  if (found == levels_.end()) return std::nullopt;
  return found->second;
}

}  // namespace hearth::engine
