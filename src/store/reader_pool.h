#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace hearth::store {

/// Connections that only read, one for each read that goes on at the same time: so there are as many as there
/// ever were reads at once. Thread-safe.
template <typename Reader>
class ReaderPool {
 public:
  using Open = std::function<absl::StatusOr<std::unique_ptr<Reader>>()>;
  explicit ReaderPool(Open open) : open_(std::move(open)) {}

  /// A reader that nobody uses, a new one if there is none. `used` says which.
  absl::StatusOr<std::unique_ptr<Reader>> Borrow(bool* used = nullptr) {
    {
      absl::MutexLock lock(&mutex_);
      if (used != nullptr) *used = !idle_.empty();
      if (!idle_.empty()) {
        std::unique_ptr<Reader> reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    return open_();
  }

  void Return(std::unique_ptr<Reader> reader) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(reader));
  }

 private:
  const Open open_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Reader>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::store
