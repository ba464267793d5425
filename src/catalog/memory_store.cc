#include "catalog/memory_store.h"

#include "absl/strings/str_cat.h"
#include "store/keys.h"

namespace hearth::catalog {

using store::Batch;

void MemoryStore::Commit(Batch batch, Done done) { done(Apply(batch)); }

absl::Status MemoryStore::Apply(const Batch& batch) {
  absl::MutexLock lock(&mutex_);
  for (const Batch::Precondition& precondition : batch.preconditions()) {
    const auto found = entries_.find(precondition.key);
    const bool holds = precondition.condition == Batch::Condition::kAbsent
                           ? found == entries_.end()
                           : found != entries_.end() && found->second == precondition.value;
    if (!holds)
      return absl::AbortedError(absl::StrCat("not as expected: ", store::QuotedKey(precondition.key)));
  }
  for (const Batch::Step& step : batch.steps()) {
    switch (step.change) {
      case Batch::Change::kPut: entries_[step.key] = step.value; break;
      case Batch::Change::kErase: entries_.erase(step.key); break;
      case Batch::Change::kErasePrefix:
        entries_.erase(entries_.lower_bound(step.key), [&] {
          const auto end = store::PrefixEnd(step.key);
          return end ? entries_.lower_bound(*end) : entries_.end();
        }());
        break;
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Scan(std::string_view prefix, const Row& row) {
  const auto entries = [this] {
    absl::MutexLock lock(&mutex_);
    return entries_;
  }();
  for (auto entry = entries.lower_bound(prefix); entry != entries.end() && entry->first.starts_with(prefix);
       ++entry) {
    row(entry->first, std::string_view(entry->second));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryStore::Get(std::string_view key) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return absl::NotFoundError(store::QuotedKey(key));
  return found->second;
}

}  // namespace hearth::catalog
