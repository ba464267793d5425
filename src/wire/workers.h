#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::wire {

/// Threads for work that must not run on gRPC's few: decoding, analysis, execution. Each has a stack for
/// plans of 1,024 nested messages. A task gets a waiting thread if there is one, else a new one up to the
/// limit, else it queues. Threads without work for a while end. Thread-safe.
class Workers {
 public:
  struct Options {
    /// For thread names in debuggers, at most 10 characters.
    std::string name = "worker";
    size_t threads_max = 64;
    /// Address space, of which only what a plan needs becomes resident.
    size_t stack_bytes = size_t{64} << 20;
  };
  explicit Workers(Options options);
  /// Waits for everything that runs or is queued.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Waits until nothing runs or is queued, at most so long. True if it came to that.
  bool WaitUntilIdle(std::chrono::milliseconds at_most);

  /// The task must not throw. Never blocks.
  void Run(std::function<void()> task);

 private:
  void Serve();
  void StartThread();

  const Options options_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t threads_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::wire
