// Reads dates, timestamps and times as Spark casts strings to them. Without a session: what needs a time zone
// says so. Thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::spark {

// Days since 1970-01-01 of "[+-]yyyy[-[m]m[-[d]d[ |T...]]]".
std::optional<int64_t> ParseDate(std::string_view text);

struct TimestampParts {
  int64_t local_micros = 0;   // of the wall clock
  std::string zone;           // as written, or empty
  bool is_time_only = false;  // "T12:30" or "12:30": the date is today's, local_micros counts from midnight
};
std::optional<TimestampParts> ParseTimestamp(std::string_view text);

// Nanoseconds since midnight of "h:m[:s[.f]]", to the microsecond.
std::optional<int64_t> ParseTime(std::string_view text);

// Microseconds east of UTC of "Z", "UTC", "+1", "+01:30", "GMT-8"; nothing for a region and for what is no
// zone.
std::optional<int64_t> FixedOffset(std::string_view zone);

}  // namespace hearth::spark
