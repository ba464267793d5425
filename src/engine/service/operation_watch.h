// One thread that looks at the running operations now and then: tells clients of those that take long how far
// they are, and makes sure that cancelled ones notice. The client of a cancelled operation has its answer by
// then: what is left is a thread, and the log tells of one that DuckDB does not give back.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/service/cancellation.h"
#include "wire/operation.h"

namespace hearth::engine {

// Thread safe.
class OperationWatch {
 public:
  OperationWatch();
  ~OperationWatch();

  // Watches an operation as long as it lives. `report_interval` zero: no progress is told. From one thread.
  class Entry {
   public:
    Entry(OperationWatch& watch, wire::Operation& operation, Cancellation& cancellation,
          std::chrono::milliseconds report_interval);
    ~Entry();

    // Tells that all is done, if any progress was told before.
    void Finish();

    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    friend class OperationWatch;
    OperationWatch& watch_;
    wire::Operation& operation_;
    Cancellation& cancellation_;
    const std::chrono::milliseconds report_interval_;
    std::chrono::steady_clock::time_point next_report_;
    bool has_reported_ = false;
    std::optional<std::chrono::steady_clock::time_point> cancelled_at_;
    bool is_overdue_ = false;
    std::list<Entry*>::iterator place_;
  };

 private:
  void Run();
  void LookLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Report(Entry& entry);
  static void NoteCancelled(Entry& entry, std::chrono::steady_clock::time_point now);

  absl::Mutex mutex_;
  std::list<Entry*> entries_ ABSL_GUARDED_BY(mutex_);
  // Set by an operation that comes while the thread sleeps for good; it costs a wake-up, so the thread
  // lingers awhile after the last operation.
  bool asleep_ ABSL_GUARDED_BY(mutex_) = false;
  absl::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hearth::engine
