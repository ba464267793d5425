#pragma once

#include <chrono>
#include <functional>
#include <queue>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"

namespace hearth::gateway {

/// Calls functions when their time has come, on one thread for all: what is asked for with each quick query
/// must cost less than an alarm of gRPC, which wakes threads when it is set and when it is taken back.
/// Nothing is taken back here; a function finds out for itself that nobody wants it any more. Thread-safe.
class Deadlines {
 public:
  explicit Deadlines(const base::Clock* clock) : clock_(*clock) {}
  ~Deadlines() { Stop(); }
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// `due` must be quick: the others wait for it.
  void In(std::chrono::milliseconds time, std::function<void()> due);
  /// What is not due yet is never called, and nothing is from then on.
  void Stop();

 private:
  struct Entry {
    base::Instant at;
    std::function<void()> due;
    bool operator<(const Entry& other) const { return at > other.at; }  // the earliest on top
  };
  void Run();

  const base::Clock& clock_;
  absl::Mutex mutex_;
  std::priority_queue<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  /// What the thread sleeps until.
  base::Instant next_ ABSL_GUARDED_BY(mutex_) = base::Instant::max();
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
  absl::CondVar earlier_;
};

}  // namespace hearth::gateway
