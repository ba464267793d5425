#include "gateway/admission.h"

#include <utility>

namespace hearth::gateway {

bool Admission::Enter(const std::string& user, Go go, Place* place) {
  *place = 0;
  {
    absl::MutexLock lock(&mutex_);
    User& own = users_[user];
    if (own.running >= limits_.running_max) {
      if (own.waiting.size() >= limits_.waiting_max) return false;
      *place = ++last_place_;
      own.waiting.emplace(*place, std::move(go));
      return true;
    }
    ++own.running;
  }
  go(std::make_unique<Pass>(*this, user));
  return true;
}

void Admission::GiveUp(const std::string& user, Place place) {
  Go outlives_lock;
  absl::MutexLock lock(&mutex_);
  const auto own = users_.find(user);
  if (own == users_.end()) return;
  const auto waiting = own->second.waiting.find(place);
  if (waiting == own->second.waiting.end()) return;
  outlives_lock = std::move(waiting->second);
  own->second.waiting.erase(waiting);
}

void Admission::Leave(const std::string& user) {
  Go next;
  {
    absl::MutexLock lock(&mutex_);
    const auto own = users_.find(user);
    auto& [running, waiting] = own->second;
    if (waiting.empty()) {
      if (--running == 0) users_.erase(own);
      return;
    }
    // The right passes on: as many run as before.
    next = std::move(waiting.begin()->second);
    waiting.erase(waiting.begin());
  }
  next(std::make_unique<Pass>(*this, user));
}

size_t Admission::waiting() const {
  absl::MutexLock lock(&mutex_);
  size_t waiting = 0;
  for (const auto& [user, own] : users_) waiting += own.waiting.size();
  return waiting;
}

}  // namespace hearth::gateway
