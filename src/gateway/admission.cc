#include "gateway/admission.h"

#include <utility>

#include "absl/strings/str_cat.h"

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

spark::Error Admission::TooMany(const std::string& user) const {
  return spark::Error::WithMessage(
      spark::ExceptionKind::kSpark, "", "", {},
      absl::StrCat("The user \"", user, "\" has ", limits_.running_max,
                   " running operations (--user-operations) and ", limits_.waiting_max,
                   " waiting ones, the most here. Try again when some of them are over."));
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
  {
    absl::MutexLock lock(&mutex_);
    --users_.at(user).running;
  }
  while (Go next = Next(user)) {
    next(std::make_unique<Pass>(*this, user));
    absl::MutexLock lock(&mutex_);
    users_.at(user).admitting = false;
  }
}

/// The one that may run now, if nobody else is about to admit it: one that is over at once gives its pass
/// back from within, and the next must not begin below it.
Admission::Go Admission::Next(const std::string& user) {
  absl::MutexLock lock(&mutex_);
  const auto found = users_.find(user);
  if (found == users_.end() || found->second.admitting) return nullptr;
  User& own = found->second;
  if (own.waiting.empty() || own.running >= limits_.running_max) {
    if (own.running == 0 && own.waiting.empty()) users_.erase(found);
    return nullptr;
  }
  own.admitting = true;
  ++own.running;
  Go next = std::move(own.waiting.begin()->second);
  own.waiting.erase(own.waiting.begin());
  return next;
}

size_t Admission::waiting() const {
  absl::MutexLock lock(&mutex_);
  size_t waiting = 0;
  for (const auto& [user, own] : users_) waiting += own.waiting.size();
  return waiting;
}

}  // namespace hearth::gateway
