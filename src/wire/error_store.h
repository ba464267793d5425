#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "wire/limits.h"

namespace hearth::wire {

/// The error details of one session, waiting for FetchErrorDetails: each for one reading and a limited time,
/// the oldest giving way to the newest. Thread-safe.
class ErrorStore {
 public:
  explicit ErrorStore(const Limits& limits) : limits_(limits) {}

  /// Keeps an encoded FetchErrorDetailsResponse and returns its new id.
  std::string Put(std::string details, base::Instant now);

  /// The details, which are forgotten by this; nullopt if the id is unknown, read already or too old.
  std::optional<std::string> Take(std::string_view error_id, base::Instant now);

 private:
  struct Entry {
    std::string id;
    std::string details;
    base::Instant expires;
  };
  const Limits& limits_;
  absl::Mutex mutex_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
