// The value of a literal, independent of any engine. The type stands beside it (Literal{value, type}):
// integers, dates (days since 1970-01-01), timestamps and day-time intervals (microseconds), times
// (nanoseconds) and year-month intervals (months) are all int64_t here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spark/types/data_type.h"

namespace hearth::spark {

// An unscaled decimal; precision and scale are the type's.
struct Decimal {
  __int128 unscaled = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

struct CalendarIntervalValue {
  int32_t months = 0;
  int32_t days = 0;
  int64_t microseconds = 0;
  friend bool operator==(const CalendarIntervalValue&, const CalendarIntervalValue&) = default;
};

struct Value;
// Array elements, struct fields, or a map's keys and values by turns.
struct ValueList {
  std::vector<Value> items;
  friend bool operator==(const ValueList&, const ValueList&);
};

struct Value {
  // monostate: NULL. std::string: UTF-8 for strings, raw bytes for binary.
  std::variant<std::monostate, bool, int64_t, float, double, Decimal, std::string, CalendarIntervalValue,
               ValueList>
      data;

  bool IsNull() const { return std::holds_alternative<std::monostate>(data); }
  template <typename T>
  const T& As() const {
    return std::get<T>(data);
  }
  friend bool operator==(const Value&, const Value&) = default;
};

// "-12.340" for unscaled -12340 and scale 3, as BigDecimal.toPlainString.
std::string DecimalText(__int128 unscaled, int scale);

// Digits of |unscaled|, at least 1.
int DecimalDigits(__int128 unscaled);

// Exact text of a double or float as Java prints it (Double.toString): "1.0", "1.0E10", "NaN", "Infinity".
std::string JavaDouble(double value);
std::string JavaFloat(float value);

// ISO date and timestamp text as Spark casts them to strings; years beyond 9999 carry a plus sign.
std::string DateText(int64_t days);
// Microseconds of a wall clock (the caller has applied the zone): "2020-01-02 03:04:05.1".
std::string TimestampText(int64_t micros);

// Spark's Literal.sql of a value: 'text', 1L, 1.50BD, DATE '2020-01-01', INTERVAL '1' DAY, NULL.
// `zone_offset_micros` moves an instant to the session's zone for printing.
std::string LiteralSql(const Value& value, const DataType& type, int64_t zone_offset_micros = 0);

}  // namespace hearth::spark
