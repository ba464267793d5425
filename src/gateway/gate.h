#pragma once

#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::gateway {

/// Closed at first; what wants to pass waits until it opens, in the order it came. Thread-safe.
class Gate {
 public:
  void Open() {
    std::vector<std::function<void()>> waiting;
    {
      absl::MutexLock lock(&mutex_);
      open_ = true;
      waiting.swap(waiting_);
    }
    for (const auto& pass : waiting) pass();
  }

  /// Calls `pass` at once if it is open, else when it opens.
  void Pass(std::function<void()> pass) {
    {
      absl::MutexLock lock(&mutex_);
      if (!open_) {
        waiting_.push_back(std::move(pass));
        return;
      }
    }
    pass();
  }

 private:
  absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
