// An operation seen from outside: how far it is, and stopping whatever of it runs in DuckDB at the moment.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/duckdb/query_run.h"

namespace hearth::engine {

// Thread safe. An interrupt that comes just before a statement starts is lost inside DuckDB, so whoever
// watches calls Nudge again until the operation is over (see OperationWatch).
class Cancellation {
 public:
  void Cancel();
  bool cancelled() const;
  // Interrupts once more if cancelled.
  void Nudge();

  struct Progress {
    int statements_done = 0;
    double fraction = 0;  // of the statement that runs, 0 to 1; never less than it was told before
  };
  Progress ProgressNow();

  // Throws OPERATION_CANCELED if cancelled.
  void Check() const;

  // Makes a run the one that Cancel interrupts, for the scope's lifetime, which the run must outlive.
  class Scope {
   public:
    Scope(Cancellation& cancellation, QueryRun& run);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Cancellation& cancellation_;
  };

 private:
  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  Progress progress_ ABSL_GUARDED_BY(mutex_);
  QueryRun* run_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace hearth::engine
