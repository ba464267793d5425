#include "gateway/session_log.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {

int Count(std::string_view text, std::string_view lower_case) {
  const auto same = [](char a, char b) { return absl::ascii_tolower(static_cast<unsigned char>(a)) == b; };
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

bool MayRead(const grpc::Slice& plan, const std::string& name, bool makes_it) {
  // A name that a plan refers to is among its bytes, unless it is written in quotes in another way, with
  // letters that are these in lower case only (the Kelvin sign), or put together by IDENTIFIER().
  constexpr std::string_view kKelvin = "\xe2\x84\xaa";
  const std::string_view bytes = wire::BytesOf(plan);
  return !IsPlain(name) || Count(bytes, name) > (makes_it ? 1 : 0) || Count(bytes, "identifier") > 0 ||
         bytes.find(kKelvin) != std::string_view::npos;
}

bool MayUseGlobalViews(const grpc::Slice& plan) {
  // As in global_temp.v and CREATE GLOBAL TEMPORARY VIEW, where comments may stand between.
  constexpr size_t kBetweenMax = 256;
  const absl::string_view bytes(wire::BytesOf(plan).data(), plan.size());
  for (size_t at = 0; (at = bytes.find_first_of("gG", at)) != absl::string_view::npos; ++at) {
    if (!absl::StartsWithIgnoreCase(bytes.substr(at), "global")) continue;
    if (absl::StrContains(absl::AsciiStrToLower(bytes.substr(at, kBetweenMax)), "temp")) return true;
  }
  return false;
}

void AddReaders(const std::vector<SessionSnapshot::Entry>& changes, std::set<Name>* names) {
  std::vector<Name> unread(names->begin(), names->end());
  while (!unread.empty()) {
    const Name name = std::move(unread.back());
    unread.pop_back();
    for (const SessionSnapshot::Entry& entry : changes) {
      const Name made = entry.change->name();
      if (made.empty() || names->count(made) != 0 || !MayRead(entry.change->plan, name.text, false)) continue;
      names->insert(made);
      unread.push_back(made);
    }
  }
}

SessionLog::SessionLog(const SessionSnapshot& snapshot)
    : changes_(snapshot.changes), position_(snapshot.position) {
  for (const Entry& entry : *snapshot.changes) bytes_ += entry.change->plan.size();
}

SessionLog::Place SessionLog::PlaceFor(const SessionChange& change) const {
  absl::MutexLock lock(&mutex_);
  Place place{position_ + 1, {}};
  const Name name = change.name();
  if (name.empty() || MayRead(change.plan, name.text, /*makes_it=*/true)) return place;
  // A view reads others by their names whenever it is read, so whoever reads a reader counts too.
  std::set<Name> names = {name};
  AddReaders(*changes_, &names);
  const auto may_read_any = [&](const SessionChange& other) {
    const Name made = other.name();
    return std::any_of(names.begin(), names.end(), [&](const Name& read) {
      return MayRead(other.plan, read.text, /*makes_it=*/read == made);
    });
  };
  if (may_read_any(change)) return place;
  for (auto entry = changes_->rbegin(); entry != changes_->rend(); ++entry) {
    const SessionChange& before = *entry->change;
    if (before.name() != name ? may_read_any(before) : before.is_drop && !change.is_drop) break;
    if (before.name() == name) place.superseded.push_back(entry->position);
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
