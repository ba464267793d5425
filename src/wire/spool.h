#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "wire/spool_limits.h"

namespace hearth::wire {

/// What the results of all operations of a server take while they wait for their clients: memory first, then
/// files. Thread-safe.
class SpoolSpace {
 public:
  /// The directory exists. Files in it have no name, so nothing is left of them when the process ends,
  /// however it ends.
  SpoolSpace(std::string directory, const SpoolLimits& limits);

  const std::string& directory() const { return directory_; }
  const SpoolLimits& limits() const { return limits_; }

  void AddMemory(int64_t bytes) { memory_bytes_ += bytes; }
  /// An operation that would hold `bytes` in memory is to use its file instead.
  bool IsShortOfMemory(size_t bytes) const {
    return bytes > limits_.operation_memory_bytes_min &&
           memory_bytes_ > static_cast<int64_t>(limits_.memory_bytes_max);
  }

  void AddFileBytes(int64_t bytes);
  bool has_room() const {
    return file_bytes_ < static_cast<int64_t>(limits_.bytes_max) && !(disk_is_short_ && IsDiskShort());
  }

  int64_t memory_bytes() const { return memory_bytes_; }
  int64_t file_bytes() const { return file_bytes_; }

 private:
  bool IsDiskShort() const;

  const std::string directory_;
  const SpoolLimits limits_;
  const int64_t reserve_bytes_;
  /// Written since the disk was looked at.
  std::atomic<int64_t> unseen_bytes_{0};
  std::atomic<bool> disk_is_short_{false};
  std::atomic<int64_t> memory_bytes_{0};
  std::atomic<int64_t> file_bytes_{0};
};

/// The file of one operation, made when it is first written to. Thread-safe.
class SpoolFile {
 public:
  explicit SpoolFile(std::shared_ptr<SpoolSpace> space) : space_(std::move(space)) {}
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  struct Place {
    int64_t offset;
    size_t bytes;
  };

  /// Neither its own bytes nor those of all have reached their limit, and the disk has not said that it is
  /// full.
  bool HasRoom() const;

  /// Nothing if the disk does not take it; then there is no more room.
  std::optional<Place> Write(const grpc::ByteBuffer& body);
  absl::StatusOr<grpc::ByteBuffer> Read(const Place& place) const;
  /// The place will not be read again.
  void Free(const Place& place);

 private:
  void FreeFrontLocked(const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WriteAt(int file, const grpc::ByteBuffer& body, int64_t offset);
  /// -1 if none can be made.
  int FileLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<SpoolSpace> space_;
  mutable absl::Mutex mutex_;
  int file_ ABSL_GUARDED_BY(mutex_) = -1;
  /// All before is free, and given back up to punched_.
  int64_t begin_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t punched_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Where the next one goes.
  int64_t end_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Of places that are not free.
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool refused_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::wire
