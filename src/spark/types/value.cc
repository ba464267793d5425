#include "spark/types/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "base/check.h"

namespace hearth::spark {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

std::string Padded(int64_t number, int width) {
  std::string digits = std::to_string(number);
  if (static_cast<int>(digits.size()) < width)
    digits.insert(0, static_cast<size_t>(width) - digits.size(), '0');
  return digits;
}

// "" or ".5": a fraction of a second without trailing zeros.
std::string Fraction(int64_t value, int digits) {
  if (value == 0) return "";
  std::string out = Padded(value, digits);
  out.erase(out.find_last_not_of('0') + 1);
  return "." + out;
}

std::string ClockText(int64_t micros_of_day) {
  return Padded(micros_of_day / kMicrosPerHour, 2) + ":" + Padded(micros_of_day / kMicrosPerMinute % 60, 2) +
         ":" + Padded(micros_of_day / kMicrosPerSecond % 60, 2) +
         Fraction(micros_of_day % kMicrosPerSecond, 6);
}

std::string UnsignedDigits(unsigned __int128 value) {
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value != 0);
  return out;
}

unsigned __int128 Magnitude(__int128 value) {
  return value < 0 ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
}

// Java writes a number in plain form between 1e-3 and 1e7, else with an exponent, and always a fraction.
std::string JavaForm(std::string_view digits, int exponent, bool negative) {
  std::string out = negative ? "-" : "";
  if (exponent < -3 || exponent >= 7) {
    out += digits[0];
    out += ".";
    out += digits.size() > 1 ? std::string(digits.substr(1)) : "0";
    return out + "E" + std::to_string(exponent);
  }
  if (exponent < 0)
    return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + std::string(digits);
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole)
    return out + std::string(digits) + std::string(whole - digits.size(), '0') + ".0";
  return out + std::string(digits.substr(0, whole)) + "." + std::string(digits.substr(whole));
}

template <typename T>
T Parse(const char* text) {
  if constexpr (std::is_same_v<T, float>) {
    return std::strtof(text, nullptr);
  } else {
    return std::strtod(text, nullptr);
  }
}

template <typename T>
std::string JavaText(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  std::array<char, 64> buffer{};
  const T magnitude = std::fabs(value);
  auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, std::chars_format::scientific);
  HEARTH_CHECK(error == std::errc());
  std::string text(buffer.data(), end);
  if (text.find('.') == std::string::npos) {
    // Java takes the closest of all decimals of at least two digits: 4.9E-324, not 5.0E-324.
    std::snprintf(buffer.data(), buffer.size(), "%.1e", static_cast<double>(magnitude));
    if (Parse<T>(buffer.data()) == magnitude) text = buffer.data();
  }
  const size_t mark = text.find('e');
  const int exponent = std::atoi(text.c_str() + mark + 1);
  std::string digits = text.substr(0, mark);
  std::erase(digits, '.');
  digits.erase(std::max<size_t>(digits.find_last_not_of('0') + 1, 1));
  return JavaForm(digits, exponent, std::signbit(value));
}

// BigDecimal.toString: plain unless the number is very small.
std::string DecimalJavaText(__int128 unscaled, int scale) {
  const int adjusted = DecimalDigits(unscaled) - 1 - scale;
  if (scale >= 0 && adjusted >= -6) return DecimalText(unscaled, scale);
  const std::string digits = UnsignedDigits(Magnitude(unscaled));
  std::string out = unscaled < 0 ? "-" : "";
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  return out + "E" + (adjusted >= 0 ? "+" : "") + std::to_string(adjusted);
}

std::string QuotedString(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string HexLiteral(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "X'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 0xF];
  }
  return out + "'";
}

std::string CalendarIntervalText(const CalendarIntervalValue& value) {
  std::string out;
  const auto append = [&out](int64_t number, const char* unit) {
    if (number != 0) out += (out.empty() ? "" : " ") + std::to_string(number) + " " + unit;
  };
  append(value.months / 12, "years");
  append(value.months % 12, "months");
  append(value.days, "days");
  append(value.microseconds / kMicrosPerHour, "hours");
  append(value.microseconds / kMicrosPerMinute % 60, "minutes");
  if (const int64_t rest = value.microseconds % kMicrosPerMinute; rest != 0) {
    const int64_t magnitude = std::abs(rest);
    out += std::string(out.empty() ? "" : " ") + (rest < 0 ? "-" : "") +
           std::to_string(magnitude / kMicrosPerSecond) + Fraction(magnitude % kMicrosPerSecond, 6) +
           " seconds";
  }
  return out.empty() ? "0 seconds" : out;
}

std::string YearMonthText(int64_t months, const DataType& type) {
  const std::string sign = months < 0 ? "-" : "";
  const int64_t magnitude = std::abs(months);
  if (type.start_field() == IntervalField::kMonth) return sign + std::to_string(magnitude);
  if (type.end_field() == IntervalField::kYear) return sign + std::to_string(magnitude / 12);
  return sign + std::to_string(magnitude / 12) + "-" + std::to_string(magnitude % 12);
}

std::string DayTimeText(int64_t micros, const DataType& type) {
  const IntervalField start = type.start_field();
  const IntervalField end = type.end_field();
  // Unsigned, so that the smallest interval has a magnitude too.
  uint64_t rest = micros < 0 ? -static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string out = micros < 0 ? "-" : "";
  const auto take = [&rest](int64_t unit) {
    const uint64_t count = rest / static_cast<uint64_t>(unit);
    rest %= static_cast<uint64_t>(unit);
    return static_cast<int64_t>(count);
  };
  const auto seconds = [&] {
    const std::string whole = Padded(take(kMicrosPerSecond), 2);
    return whole + Fraction(static_cast<int64_t>(rest), 6);
  };
  switch (start) {
    case IntervalField::kDay: out += std::to_string(take(kMicrosPerDay)); break;
    case IntervalField::kHour: out += Padded(take(kMicrosPerHour), 2); break;
    case IntervalField::kMinute: out += Padded(take(kMicrosPerMinute), 2); break;
    case IntervalField::kSecond: return out + seconds();
  }
  if (start < IntervalField::kHour && IntervalField::kHour <= end)
    out += " " + Padded(take(kMicrosPerHour), 2);
  if (start < IntervalField::kMinute && IntervalField::kMinute <= end)
    out += ":" + Padded(take(kMicrosPerMinute), 2);
  if (end == IntervalField::kSecond) out += ":" + seconds();
  return out;
}

std::string AnsiIntervalSql(int64_t value, const DataType& type) {
  // The type's SQL is "INTERVAL DAY TO SECOND"; the value stands between the two words.
  const std::string fields = type.sql().substr(std::string_view("INTERVAL ").size());
  const std::string text =
      type.Is(TypeId::kYearMonthInterval) ? YearMonthText(value, type) : DayTimeText(value, type);
  return "INTERVAL '" + text + "' " + fields;
}

std::string DoubleSql(double value) {
  const std::string text = JavaDouble(value);
  return std::isfinite(value) ? text + "D" : "CAST('" + text + "' AS DOUBLE)";
}

std::string NestedSql(const Value& value, const DataType& type, int64_t zone_offset_micros) {
  std::string out;
  size_t index = 0;
  for (const Value& item : value.As<ValueList>().items) {
    if (index > 0) out += ", ";
    if (type.Is(TypeId::kArray)) {
      out += LiteralSql(item, type.element(), zone_offset_micros);
    } else if (type.Is(TypeId::kMap)) {
      out += LiteralSql(item, index % 2 == 0 ? type.key() : type.value(), zone_offset_micros);
    } else {
      const StructField& field = type.fields()[index];
      out += QuotedString(field.name) + ", " + LiteralSql(item, field.type, zone_offset_micros);
    }
    ++index;
  }
  const char* name = type.Is(TypeId::kArray) ? "ARRAY(" : type.Is(TypeId::kMap) ? "MAP(" : "NAMED_STRUCT(";
  return name + out + ")";
}

}  // namespace

bool operator==(const ValueList& l, const ValueList& r) { return l.items == r.items; }

std::string DecimalText(__int128 unscaled, int scale) {
  std::string digits = UnsignedDigits(Magnitude(unscaled));
  if (scale <= 0) {
    if (unscaled != 0) digits.append(static_cast<size_t>(-scale), '0');
  } else {
    const auto places = static_cast<size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, ".");
  }
  return (unscaled < 0 ? "-" : "") + digits;
}

int DecimalDigits(__int128 unscaled) { return static_cast<int>(UnsignedDigits(Magnitude(unscaled)).size()); }

std::string JavaDouble(double value) { return JavaText(value); }
std::string JavaFloat(float value) { return JavaText(value); }

std::string DateText(int64_t days) {
  // Days to year, month, day of the proleptic Gregorian calendar, counted in eras of 400 years from March.
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::string sign = year > 9999 ? "+" : year < 0 ? "-" : "";
  return sign + Padded(std::abs(year), 4) + "-" + Padded(month, 2) + "-" + Padded(day, 2);
}

std::string TimestampText(int64_t micros) {
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    --days;
    rest += kMicrosPerDay;
  }
  return DateText(days) + " " + ClockText(rest);
}

std::string LiteralSql(const Value& value, const DataType& type, int64_t zone_offset_micros) {
  if (value.IsNull()) {
    return type.IsNested() || type.Is(TypeId::kNull) ? "NULL" : "CAST(NULL AS " + type.sql() + ")";
  }
  switch (type.id()) {
    case TypeId::kBoolean: return value.As<bool>() ? "true" : "false";
    case TypeId::kByte: return std::to_string(value.As<int64_t>()) + "Y";
    case TypeId::kShort: return std::to_string(value.As<int64_t>()) + "S";
    case TypeId::kInteger: return std::to_string(value.As<int64_t>());
    case TypeId::kLong: return std::to_string(value.As<int64_t>()) + "L";
    case TypeId::kFloat: return "CAST('" + JavaFloat(value.As<float>()) + "' AS FLOAT)";
    case TypeId::kDouble: return DoubleSql(value.As<double>());
    case TypeId::kDecimal: return DecimalJavaText(value.As<Decimal>().unscaled, type.scale()) + "BD";
    case TypeId::kString:
      return QuotedString(value.As<std::string>()) +
             (type.collation().empty() ? "" : " collate " + type.collation());
    case TypeId::kChar:
    case TypeId::kVarchar: return QuotedString(value.As<std::string>());
    case TypeId::kBinary: return HexLiteral(value.As<std::string>());
    case TypeId::kDate: return "DATE '" + DateText(value.As<int64_t>()) + "'";
    case TypeId::kTimestamp:
      return "TIMESTAMP '" + TimestampText(value.As<int64_t>() + zone_offset_micros) + "'";
    case TypeId::kTimestampNtz: return "TIMESTAMP_NTZ '" + TimestampText(value.As<int64_t>()) + "'";
    case TypeId::kTime: {
      const int64_t nanos = value.As<int64_t>();
      return "TIME '" + ClockText(nanos / 1000 / kMicrosPerSecond * kMicrosPerSecond) +
             Fraction(nanos % 1'000'000'000, 9) + "'";
    }
    case TypeId::kCalendarInterval:
      return "INTERVAL '" + CalendarIntervalText(value.As<CalendarIntervalValue>()) + "'";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval: return AnsiIntervalSql(value.As<int64_t>(), type);
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct: return NestedSql(value, type, zone_offset_micros);
    case TypeId::kNull:
    case TypeId::kVariant: break;
  }
  HEARTH_CHECK(false);  // NULL has no value, and no literal is a variant
}

}  // namespace hearth::spark
