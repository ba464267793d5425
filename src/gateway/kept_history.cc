#include "gateway/kept_history.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::gateway {

namespace {
constexpr std::string_view kPrefix = "history/";
}  // namespace

KeptHistory::KeptHistory(std::shared_ptr<store::Store> store, placement::History::Limits limits,
                         const std::function<void(const std::string& what)>& lost)
    : store_(std::move(store)), history_(limits) {
  std::set<std::string> found;
  std::set<std::string> damaged;
  const auto row = [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
    const std::string fingerprint(key.substr(kPrefix.size()));
    found.insert(fingerprint);
    if (!value.ok() || !history_.Decode(fingerprint, *value)) damaged.insert(fingerprint);
  };
  const absl::Status status = store_->Scan(kPrefix, row);
  if (!status.ok()) lost(absl::StrCat("cannot read all that earlier operations needed: ", status.message()));
  if (!damaged.empty())
    lost(absl::StrCat("cannot read what ", damaged.size(), " kinds of operations needed before"));
  absl::MutexLock lock(&mutex_);
  kept_ = std::move(found);
  changed_ = std::move(damaged);  // To be removed.
}

void KeptHistory::Add(const placement::Workload& workload, std::string_view version,
                      const placement::Observation& observation) {
  history_.Add(workload, version, observation);
  if (store_ == nullptr) return;
  absl::MutexLock lock(&mutex_);
  changed_.insert(workload.fingerprint);
}

void KeptHistory::Keep() {
  if (store_ == nullptr) return;
  store::Batch batch;
  {
    absl::MutexLock lock(&mutex_);
    // What made room in memory goes from the store as well.
    if (kept_.size() > history_.size()) {
      for (const std::string& fingerprint : kept_) {
        if (!history_.Knows(fingerprint)) changed_.insert(fingerprint);
      }
    }
    for (const std::string& fingerprint : std::exchange(changed_, {})) {
      std::string record = history_.Encode(fingerprint);
      const std::string key = absl::StrCat(std::string(kPrefix), fingerprint);
      if (!record.empty()) {
        kept_.insert(fingerprint);
        batch.Put(key, std::move(record));
      } else if (kept_.erase(fingerprint) > 0) {
        batch.Erase(key);
      }
    }
  }
  // What the store refuses is written again when it changes again: it is only an estimate.
  if (!batch.steps().empty()) store_->Commit(std::move(batch), [](const absl::Status&) {});
}

}  // namespace hearth::gateway
