#include "gateway/begun_results.h"

#include <utility>
#include <vector>

namespace hearth::gateway {

BegunResults::BegunResults(wire::Session& session, Journal& journal,
                           std::map<std::string, BegunResult> earlier)
    : session_(session), journal_(journal) {
  absl::MutexLock lock(&mutex_);
  for (auto& [operation_id, begun] : earlier) {
    entries_[operation_id].earlier = std::make_shared<const BegunResult>(std::move(begun));
  }
}

void BegunResults::Keep(const BegunResult& begun, std::function<void()> done) {
  if (begun.request.plan.size() > kPlanBytesMax) return done();
  {
    absl::MutexLock lock(&mutex_);
    entries_.try_emplace(*begun.request.operation_id);
  }
  journal_.PutBegun(session_, begun, [done = std::move(done)](const absl::Status&) { done(); });
}

void BegunResults::Forget(const std::string& operation_id) {
  {
    absl::MutexLock lock(&mutex_);
    if (entries_.erase(operation_id) == 0) return;
  }
  journal_.EraseBegun(session_, {operation_id});
}

std::shared_ptr<const BegunResult> BegunResults::Earlier(const std::string& operation_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(operation_id);
  return found == entries_.end() ? nullptr : found->second.earlier;
}

bool BegunResults::IsOver(const std::string& operation_id, Entry& entry, base::Instant now,
                          std::chrono::milliseconds timeout) const {
  if (session_.operations().Find(operation_id) != nullptr) {
    entry.missing_since = std::nullopt;
    return false;
  }
  if (session_.operations().StateOfFinished(operation_id)) return true;
  if (!entry.missing_since) entry.missing_since = now;
  return now - *entry.missing_since >= timeout;
}

void BegunResults::Sweep(base::Instant now, std::chrono::milliseconds detached_timeout) {
  std::vector<std::string> over;
  {
    absl::MutexLock lock(&mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      if (!IsOver(entry->first, entry->second, now, detached_timeout)) {
        ++entry;
        continue;
      }
      over.push_back(entry->first);
      entry = entries_.erase(entry);
    }
  }
  if (!over.empty()) journal_.EraseBegun(session_, over);
}

}  // namespace hearth::gateway
