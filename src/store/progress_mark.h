#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace hearth::store {

/// How far a store had come when it last answered, beside its file: a log that is cut, removed or changed
/// leaves a database that is sound and has forgotten what came last. It is written after a transaction is
/// durable and never flushed, so that it costs next to nothing, outlives the process, and after a power cut
/// is at most behind. Not thread-safe.
class ProgressMark {
 public:
  /// UNAVAILABLE if the file cannot be made.
  static absl::StatusOr<std::unique_ptr<ProgressMark>> Open(const std::string& path);
  ProgressMark(const ProgressMark&) = delete;
  ProgressMark& operator=(const ProgressMark&) = delete;
  ~ProgressMark();

  /// So many transactions of the store were answered, at least; 0 if nothing is known.
  int64_t Read() const;
  void Write(int64_t transactions);

 private:
  explicit ProgressMark(int fd) : fd_(fd) {}

  const int fd_;
};

/// Where the mark of a store lies.
inline std::string ProgressMarkOf(const std::string& store) { return store + "-mark"; }

}  // namespace hearth::store
