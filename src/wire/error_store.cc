#include "wire/error_store.h"

#include <algorithm>
#include <utility>

#include "wire/uuid.h"

namespace hearth::wire {

std::string ErrorStore::Put(std::string details, base::Instant now) {
  std::string id = NewUuid();
  absl::MutexLock lock(&mutex_);
  if (entries_.size() >= limits_.errors_per_session_max) entries_.pop_front();
  entries_.push_back({id, std::move(details), now + limits_.error_lifetime});
  return id;
}

std::optional<std::string> ErrorStore::Take(std::string_view error_id, base::Instant now) {
  absl::MutexLock lock(&mutex_);
  while (!entries_.empty() && entries_.front().expires <= now) entries_.pop_front();
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == error_id; });
  if (entry == entries_.end()) return std::nullopt;
  std::string details = std::move(entry->details);
  entries_.erase(entry);
  return details;
}

}  // namespace hearth::wire
