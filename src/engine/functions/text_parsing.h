// Spark's ANSI casts from text, as plain functions: the registered casts and constant folding share them.
// All trim as UTF8String.trimAll does (white space and ISO control characters at both ends); nullopt: no
// value, which ANSI mode reports as CAST_INVALID_INPUT. Thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/functions/decimal_text.h"

namespace hearth::engine {

// A decimal integer with optional sign that fits the type (int8_t ... int64_t).
template <typename T>
std::optional<T> ParseInteger(std::string_view text);

std::optional<bool> ParseBoolean(std::string_view text);

// Java's Double.parseDouble and Float.parseFloat, and Spark's inf, +infinity, nan, 1.0f, 1.0d.
std::optional<double> ParseDouble(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);

struct ParsedDecimal {
  enum class Status {
    kNoNumber,             // CAST_INVALID_INPUT
    kOutOfSupportedRange,  // more than 38 digits before the point: NUMERIC_OUT_OF_SUPPORTED_RANGE
    kOutOfRange,           // of the type: NUMERIC_VALUE_OUT_OF_RANGE
    kFits,
  };
  Status status = Status::kNoNumber;
  __int128 unscaled = 0;  // kFits
  DecimalText number;     // what was read, unless kNoNumber
};
// The number at `scale`, rounded HALF_UP, when it has at most `precision` digits.
ParsedDecimal ParseDecimal(std::string_view text, int precision, int scale);

// Days since 1970-01-01: [+-]yyyy[y..][-[m]m[-[d]d[ T...]]].
std::optional<int32_t> ParseDate(std::string_view text);

// Microseconds of a wall clock; a zone in the text is ignored as Spark's cast to timestamp_ntz does.
std::optional<int64_t> ParseTimestampNtz(std::string_view text);

// UTC microseconds; `zone` (java.time id) applies when the text names none. A time without a date
// is one of today.
std::optional<int64_t> ParseTimestamp(std::string_view text, std::string_view zone);

}  // namespace hearth::engine
