// Time zones as java.time names them, on the machine's zone database.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace hearth::engine {

// Copyable; use one from one thread, since it remembers the last stretch of constant offset.
class Zone {
 public:
  // ids as Spark takes them: regions, Z, UTC, GMT+1, +01:00, +1:00, EST. Null for an unknown one.
  static std::optional<Zone> Find(std::string_view id);

  // Both throw std::range_error where 64 bits do not hold the result.
  // Microseconds of the wall clock at an instant.
  int64_t ToLocal(int64_t utc_micros);
  // The instant of a wall clock. In a gap it moves forward by the gap's length; of two instants it is the
  // earlier.
  int64_t ToUtc(int64_t local_micros) const;

 private:
  explicit Zone(absl::TimeZone zone) : zone_(zone) {}

  absl::TimeZone zone_;
  // UTC seconds [begin, end) with this offset.
  int64_t begin_ = 0;
  int64_t end_ = 0;
  int64_t offset_ = 0;
};

// The zone of the id, remembered by this thread: functions get the same constant row after row. CHECKs that
// the zone exists: the session has checked its configuration. Valid until the thread's next call.
Zone& CachedZone(std::string_view id);

}  // namespace hearth::engine
