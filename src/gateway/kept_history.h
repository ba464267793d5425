#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "placement/history/history.h"
#include "store/store.h"

namespace hearth::gateway {

/// What operations have needed (placement/history), kept in the store: an entry "history/FINGERPRINT" for
/// each. What a killed server learnt in its last seconds is lost, and nothing else. Thread-safe.
class KeptHistory {
 public:
  /// Of nobody: it ends with the object.
  KeptHistory() = default;
  /// As earlier servers left it. What is damaged, or of a form that this one does not know, is told to `lost`
  /// in words and removed.
  KeptHistory(std::shared_ptr<store::Store> store, placement::History::Limits limits,
              const std::function<void(const std::string& what)>& lost);
  /// Keeps what is new.
  ~KeptHistory() { Keep(); }

  const placement::History& history() const { return history_; }
  /// See placement::History.
  void Add(const placement::Workload& workload, std::string_view version,
           const placement::Observation& observation);

  /// Hands what is new to the store, and waits for nothing. Call it every few seconds.
  void Keep();

 private:
  const std::shared_ptr<store::Store> store_;
  placement::History history_;
  absl::Mutex mutex_;
  /// Fingerprints that have changed since they were handed over.
  std::set<std::string> changed_ ABSL_GUARDED_BY(mutex_);
  /// Those that the store has.
  std::set<std::string> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
