#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace hearth::store {

/// Proof of life among the processes of one host: the holder of epoch n keeps byte n of a file locked, and
/// the kernel lets go of it when the holder has ended, however it did, in whatever container. Unlike a
/// process id, a lock is never taken for that of another process. Not thread-safe.
class LifeLock {
 public:
  /// UNAVAILABLE if the file cannot be made.
  static absl::StatusOr<std::unique_ptr<LifeLock>> Open(const std::string& path);
  LifeLock(const LifeLock&) = delete;
  LifeLock& operator=(const LifeLock&) = delete;
  /// Lets go of everything.
  ~LifeLock();

  /// True if nobody else had it; it is ours from now on. Asking for another's epoch is asking whether that
  /// one is dead.
  bool TryHold(int64_t epoch);
  /// True if nobody holds any epoch; they are all ours from now on.
  bool TryHoldAll();

 private:
  explicit LifeLock(int fd) : fd_(fd) {}

  bool TryLock(int64_t first, int64_t count);

  const int fd_;
};

}  // namespace hearth::store
