#include "gateway/session_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hearth::gateway {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int Count(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return Lower(a) == b; };
  int count = 0;
  for (auto at = text.begin();; ++at, ++count) {
    at = std::search(at, text.end(), lower_case.begin(), lower_case.end(), same);
    if (at == text.end()) return count;
  }
}

/// Names that can be written in one way only: no quotes to double, no letters with another case than ASCII's.
bool IsPlain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

bool MayRead(const grpc::Slice& plan, const std::string& view, bool makes_it) {
  // A name that a plan refers to is among its bytes, unless it is written in quotes in another way or put
  // together by IDENTIFIER().
  const std::string_view bytes(reinterpret_cast<const char*>(plan.begin()), plan.size());
  return !IsPlain(view) || Count(bytes, view) > (makes_it ? 1 : 0) || Count(bytes, "identifier") > 0;
}

SessionLog::SessionLog(const SessionSnapshot& snapshot)
    : changes_(snapshot.changes), position_(snapshot.position) {
  for (const Entry& entry : *snapshot.changes) bytes_ += entry.change->plan.size();
}

SessionLog::Place SessionLog::PlaceFor(const SessionChange& change) const {
  absl::MutexLock lock(&mutex_);
  Place place{position_ + 1, {}};
  if (change.name().empty() || MayRead(change.plan, change.name(), /*makes_it=*/true)) return place;
  for (auto entry = changes_->rbegin(); entry != changes_->rend(); ++entry) {
    const SessionChange& before = *entry->change;
    if (before.view != change.view || before.function != change.function) {
      if (MayRead(before.plan, change.name(), /*makes_it=*/false)) break;
      continue;
    }
    if (before.is_drop && !change.is_drop) break;
    place.superseded.push_back(entry->position);
  }
  return place;
}

void SessionLog::Append(std::shared_ptr<const SessionChange> change, const Place& place) {
  absl::MutexLock lock(&mutex_);
  auto changes = std::make_shared<std::vector<Entry>>();
  for (const Entry& entry : *changes_) {
    const bool superseded =
        std::find(place.superseded.begin(), place.superseded.end(), entry.position) != place.superseded.end();
    superseded ? static_cast<void>(bytes_ -= entry.change->plan.size()) : changes->push_back(entry);
  }
  bytes_ += change->plan.size();
  position_ = place.position;
  changes->push_back({position_, std::move(change)});
  changes_ = std::move(changes);
}

void SessionLog::Read(SessionSnapshot* snapshot) const {
  absl::MutexLock lock(&mutex_);
  snapshot->changes = changes_;
  snapshot->position = position_;
}

bool SessionLog::Knows(const std::string& view) const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(changes_->begin(), changes_->end(),
                     [&](const Entry& entry) { return entry.change->view == view; });
}

bool SessionLog::full() const {
  absl::MutexLock lock(&mutex_);
  return bytes_ > kBytesMax;
}

}  // namespace hearth::gateway
