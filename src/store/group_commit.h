#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "store/batch.h"
#include "store/batch_writer.h"
#include "store/store.h"

namespace hearth::store {

/// Store::Commit for any BatchWriter: one thread takes everything that is queued, makes one transaction of
/// it, and tells each batch how it went. So a lone write costs one flush of the disk, and many writers share
/// one. Thread-safe; its destructor finishes what is queued.
class GroupCommit {
 public:
  struct Options {
    size_t queue_bytes_max;
    /// Upkeep is called at least this often.
    std::chrono::milliseconds upkeep_interval;
  };

  GroupCommit(std::unique_ptr<BatchWriter> writer, Options options);
  ~GroupCommit();

  /// As Store::Commit.
  void Commit(Batch batch, Store::Done done);

 private:
  struct Entry {
    Batch batch;
    Store::Done done;
    size_t bytes = 0;
    /// Not OK from the start: refused, which it is told in its turn.
    absl::Status status;
    /// It was part of a transaction and shares its fate.
    bool attempted = false;
  };
  using Group = std::vector<Entry>;

  void Run();
  void Write(Group group);
  /// One transaction of all that is not refused; sets the status of each. A failure is that of all of them.
  absl::Status Transact(Group* group);

  const std::unique_ptr<BatchWriter> writer_;
  const Options options_;
  absl::Mutex mutex_;
  Group queue_ ABSL_GUARDED_BY(mutex_);
  /// Of everything whose `done` has not been called, so that a group in the making counts too.
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  /// Last: it uses the others until it ends.
  std::thread thread_;
};

}  // namespace hearth::store
