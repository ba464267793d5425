#include "engine/functions/casts.h"

#include <cmath>
#include <limits>

#include "engine/functions/text_parsing.h"
#include "engine/functions/time_zone.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

using spark::ExceptionKind;

// Spark's SQL name of a number's type, and a number as Spark's toSQLValue prints it.
template <typename T>
constexpr const char* kSparkName = nullptr;
template <>
constexpr const char* kSparkName<int8_t> = "TINYINT";
template <>
constexpr const char* kSparkName<int16_t> = "SMALLINT";
template <>
constexpr const char* kSparkName<int32_t> = "INT";
template <>
constexpr const char* kSparkName<int64_t> = "BIGINT";
template <>
constexpr const char* kSparkName<float> = "FLOAT";
template <>
constexpr const char* kSparkName<double> = "DOUBLE";
template <>
constexpr const char* kSparkName<bool> = "BOOLEAN";

std::string SqlValue(int16_t value) { return std::to_string(value) + "S"; }
std::string SqlValue(int32_t value) { return std::to_string(value); }
std::string SqlValue(int64_t value) { return std::to_string(value) + "L"; }
std::string SqlValue(float value) { return spark::JavaFloat(value); }
std::string SqlValue(double value) { return spark::JavaDouble(value) + (std::isfinite(value) ? "D" : ""); }

template <typename From, typename To>
struct NarrowInteger {
  using Signature = To(From);
  static std::optional<To> Apply(From value) {
    const auto narrow = static_cast<To>(value);
    return narrow == value ? std::optional<To>(narrow) : std::nullopt;
  }
  [[noreturn]] static void Fail(From value) {
    throw CastOverflow(SqlValue(value), kSparkName<From>, kSparkName<To>);
  }
};

// Spark checks that the value lies between the type's limits after rounding towards each: floor(x) <= max and
// ceil(x) >= min. For long the limits themselves are doubles that round up to 2^63, which Spark lets through
// saturated.
template <typename From, typename To>
struct TruncateFloating {
  using Signature = To(From);
  static std::optional<To> Apply(From value) {
    constexpr auto kMax = static_cast<From>(std::numeric_limits<To>::max());
    constexpr auto kMin = static_cast<From>(std::numeric_limits<To>::min());
    if (!(std::floor(value) <= kMax && std::ceil(value) >= kMin)) return std::nullopt;
    // Beyond the last number before the limit, Java's conversion saturates; C++'s is undefined.
    if (value >= kMax) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  }
  [[noreturn]] static void Fail(From value) {
    throw CastOverflow(SqlValue(value), kSparkName<From>, kSparkName<To>);
  }
};

template <typename T>
struct TextToInteger {
  using Signature = T(std::string_view);
  static std::optional<T> Apply(std::string_view text) { return ParseInteger<T>(text); }
  [[noreturn]] static void Fail(std::string_view text) {
    throw CastInvalidInput(ExceptionKind::kNumberFormat, text, kSparkName<T>);
  }
};

template <typename T, std::optional<T> (*Parse)(std::string_view), ExceptionKind kind>
struct TextTo {
  using Signature = T(std::string_view);
  static std::optional<T> Apply(std::string_view text) { return Parse(text); }
  [[noreturn]] static void Fail(std::string_view text) { throw CastInvalidInput(kind, text, kSparkName<T>); }
};

struct TextToDate {
  using Signature = Date(std::string_view);
  static std::optional<Date> Apply(std::string_view text) {
    const std::optional<int32_t> days = ParseDate(text);
    return days.has_value() ? std::optional(Date{*days}) : std::nullopt;
  }
  [[noreturn]] static void Fail(std::string_view text) {
    throw CastInvalidInput(ExceptionKind::kDateTime, text, "DATE");
  }
};

struct TextToTimestamp {
  using Signature = Instant(std::string_view, std::string_view);
  static std::optional<Instant> Apply(std::string_view text, std::string_view zone) {
    const std::optional<int64_t> micros = ParseTimestamp(text, zone);
    return micros.has_value() ? std::optional(Instant{*micros}) : std::nullopt;
  }
  [[noreturn]] static void Fail(std::string_view text, std::string_view) {
    throw CastInvalidInput(ExceptionKind::kDateTime, text, "TIMESTAMP");
  }
};

struct TextToTimestampNtz {
  using Signature = Timestamp(std::string_view);
  static std::optional<Timestamp> Apply(std::string_view text) {
    const std::optional<int64_t> micros = ParseTimestampNtz(text);
    return micros.has_value() ? std::optional(Timestamp{*micros}) : std::nullopt;
  }
  [[noreturn]] static void Fail(std::string_view text) {
    throw CastInvalidInput(ExceptionKind::kDateTime, text, "TIMESTAMP_NTZ");
  }
};

template <typename T>
struct FloatingToText {
  using Signature = std::string(T);
  static std::string Apply(T value) {
    if constexpr (std::is_same_v<T, float>) return spark::JavaFloat(value);
    return spark::JavaDouble(value);
  }
};

struct DateToText {
  using Signature = std::string(Date);
  static std::string Apply(Date date) { return spark::DateText(date.days); }
};

struct TimestampToText {
  using Signature = std::string(Timestamp);
  static std::string Apply(Timestamp timestamp) { return spark::TimestampText(timestamp.micros); }
};

struct InstantToText {
  using Signature = std::string(Instant, std::string_view);
  static std::string Apply(Instant instant, std::string_view zone) {
    return spark::TimestampText(CachedZone(zone).ToLocal(instant.micros));
  }
};

template <typename To>
void AddNarrowing(const std::string& name, FunctionList* list) {
  if constexpr (sizeof(To) < sizeof(int16_t)) AddRaising<NarrowInteger<int16_t, To>>(name, list);
  if constexpr (sizeof(To) < sizeof(int32_t)) AddRaising<NarrowInteger<int32_t, To>>(name, list);
  if constexpr (sizeof(To) < sizeof(int64_t)) AddRaising<NarrowInteger<int64_t, To>>(name, list);
  AddRaising<TruncateFloating<float, To>>(name, list);
  AddRaising<TruncateFloating<double, To>>(name, list);
  AddRaising<TextToInteger<To>>(name, list);
}

}  // namespace

void AddCastFunctions(FunctionList* list) {
  AddNarrowing<int8_t>("to_byte", list);
  AddNarrowing<int16_t>("to_short", list);
  AddNarrowing<int32_t>("to_int", list);
  AddNarrowing<int64_t>("to_long", list);
  AddRaising<TextTo<float, ParseFloat, ExceptionKind::kNumberFormat>>("to_float", list);
  AddRaising<TextTo<double, ParseDouble, ExceptionKind::kNumberFormat>>("to_double", list);
  AddRaising<TextTo<bool, ParseBoolean, ExceptionKind::kRuntime>>("to_boolean", list);
  AddRaising<TextToDate>("to_date", list);
  AddRaising<TextToTimestamp>("to_timestamp", list);
  AddRaising<TextToTimestampNtz>("to_timestamp_ntz", list);
  AddTotal<FloatingToText<float>>("text", list);
  AddTotal<FloatingToText<double>>("text", list);
  AddTotal<DateToText>("text", list);
  AddTotal<TimestampToText>("text", list);
  AddTotal<InstantToText>("text", list);
}

}  // namespace hearth::engine
