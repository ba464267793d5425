#include "spark/sql/literal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include "spark/sql/datetime_text.h"
#include "spark/sql/parse_error.h"

namespace hearth::spark {
namespace {

[[noreturn]] void OutOfRange(const std::string& text, std::string low, std::string high, std::string type,
                             const OriginPtr& origin) {
  throw ErrorOver(origin, "INVALID_NUMERIC_LITERAL_RANGE",
                  {{"rawStrippedQualifier", text},
                   {"minValue", std::move(low)},
                   {"maxValue", std::move(high)},
                   {"typeName", std::move(type)}});
}

std::optional<int64_t> Integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename T>
Literal SmallInteger(const std::string& text, const DataType& type, const OriginPtr& origin) {
  constexpr int64_t kLow = std::numeric_limits<T>::min();
  constexpr int64_t kHigh = std::numeric_limits<T>::max();
  const auto value = Integer(text);
  if (!value || *value < kLow || *value > kHigh) {
    OutOfRange(text, std::to_string(kLow), std::to_string(kHigh), type.simple_string(), origin);
  }
  return {Value{*value}, type};
}

// A decimal of as many digits as were written, as Java's BigDecimal reads it. Spark has no negative scale.
Literal DecimalLiteral(std::string_view text) {
  __int128 unscaled = 0;
  int64_t digits = 0;
  int64_t scale = 0;
  bool negative = false;
  bool after_point = false;
  size_t i = 0;
  if (text.front() == '-') {
    negative = true;
    ++i;
  }
  const auto too_long = [](int64_t precision) {
    return Error(ExceptionKind::kArithmetic, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                 {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}});
  };
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      after_point = true;
      continue;
    }
    if (digits > 0 || text[i] != '0') ++digits;
    if (digits <= DataType::kMaxPrecision) unscaled = unscaled * 10 + (text[i] - '0');
    if (after_point) ++scale;
  }
  if (i < text.size()) {
    std::string_view exponent = text.substr(i + 1);
    if (exponent.front() == '+') exponent.remove_prefix(1);
    const auto value = Integer(exponent);
    if (!value || std::abs(*value) > 100'000) throw too_long(value && *value < 0 ? -*value : 100'000);
    scale -= *value;
  }
  for (; scale < 0; ++scale) {
    if (unscaled != 0) ++digits;
    if (digits <= DataType::kMaxPrecision) unscaled *= 10;
  }
  const int64_t precision = std::max<int64_t>({digits, scale, 1});
  if (precision > DataType::kMaxPrecision) throw too_long(precision);
  return {Value{Decimal{negative ? -unscaled : unscaled}},
          DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale))};
}

Literal DoubleLiteral(const std::string& text, const OriginPtr& origin) {
  const double value = std::strtod(text.c_str(), nullptr);
  if (std::isinf(value)) {
    OutOfRange(text, "-1.7976931348623157E+308", "1.7976931348623157E+308", "double", origin);
  }
  return {Value{value}, DataType::Double()};
}

Literal FloatLiteral(const std::string& text, const OriginPtr& origin) {
  // Spark compares the exact number with the largest float before it rounds.
  const double exact = std::strtod(text.c_str(), nullptr);
  if (std::fabs(exact) > static_cast<double>(std::numeric_limits<float>::max())) {
    OutOfRange(text, "-3.4028234663852886E+38", "3.4028234663852886E+38", "float", origin);
  }
  return {Value{std::strtof(text.c_str(), nullptr)}, DataType::Float()};
}

[[noreturn]] void InvalidTyped(const std::string& type, const std::string& value, const OriginPtr& origin) {
  throw ErrorOver(origin, "INVALID_TYPED_LITERAL",
                  {{"valueType", QuoteDouble(type)}, {"value", "'" + value + "'"}});
}

ExpressionPtr Make(Value value, DataType type, const OriginPtr& origin) {
  return MakeExpression(Literal{std::move(value), std::move(type)}, origin);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// 'now' and 'today' are read from the clock when the text is parsed; a plan holds no clock.
bool ReadsTheClock(const std::string& value) {
  const std::string lower = Lower(value);
  return lower == "now" || lower == "today" || lower == "tomorrow" || lower == "yesterday";
}

ExpressionPtr Unsupported(std::string what, const OriginPtr& origin) {
  return MakeExpression(UnsupportedExpression{std::move(what)}, origin);
}

ExpressionPtr DateLiteral(const std::string& value, const OriginPtr& origin) {
  if (ReadsTheClock(value)) return Unsupported("DATE '" + value + "'", origin);
  const auto days = Lower(value) == "epoch" ? std::optional<int64_t>(0) : ParseDate(value);
  if (!days) InvalidTyped("DATE", value, origin);
  return Make(Value{*days}, DataType::Date(), origin);
}

// The instant of a wall clock; nothing when the zone is not known here.
std::optional<int64_t> ToUtc(const std::string& zone, int64_t local, const ParserOptions& options) {
  if (const auto offset = FixedOffset(zone)) return local - *offset;
  if (options.to_utc != nullptr) return options.to_utc(zone, local);
  return std::nullopt;
}

ExpressionPtr TimestampLiteral(const std::string& type, const std::string& value,
                               const ParserOptions& options, const OriginPtr& origin) {
  const bool has_zone = type != "TIMESTAMP_NTZ";
  const DataType data_type = has_zone ? DataType::Timestamp() : DataType::TimestampNtz();
  if (ReadsTheClock(value)) return Unsupported(type + " '" + value + "'", origin);
  if (Lower(value) == "epoch") return Make(Value{int64_t{0}}, data_type, origin);
  const auto parts = ParseTimestamp(value);
  if (!parts) InvalidTyped(type, value, origin);
  if (parts->is_time_only) return Unsupported(type + " '" + value + "' without a date", origin);
  if (!has_zone) return Make(Value{parts->local_micros}, data_type, origin);
  const std::string& zone = parts->zone.empty() ? options.time_zone : parts->zone;
  const auto utc = ToUtc(zone, parts->local_micros, options);
  if (utc) return Make(Value{*utc}, data_type, origin);
  const bool is_offset = zone.front() == '+' || zone.front() == '-';
  if (!parts->zone.empty() && (is_offset || options.to_utc != nullptr)) InvalidTyped(type, value, origin);
  return Unsupported(type + " literal in the time zone " + zone, origin);
}

ExpressionPtr TimeLiteral(const std::string& value, const OriginPtr& origin) {
  const auto nanos = ParseTime(value);
  // Spark reads the twelve-hour clock too.
  const bool has_half = value.size() > 2 && (value.back() & ~0x20) == 'M';
  if (!nanos && has_half) return Unsupported("TIME '" + value + "'", origin);
  if (!nanos) InvalidTyped("TIME", value, origin);
  return Make(Value{*nanos}, DataType::Time(6), origin);
}

ExpressionPtr HexLiteral(const std::string& value, const OriginPtr& origin) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  // A missing first digit is a zero.
  const std::string padded = value.size() % 2 == 0 ? value : "0" + value;
  std::string bytes;
  for (size_t i = 0; i < padded.size(); i += 2) {
    const int high = digit(padded[i]);
    const int low = digit(padded[i + 1]);
    if (high < 0 || low < 0) InvalidTyped("X", value, origin);
    bytes += static_cast<char>(high * 16 + low);
  }
  return Make(Value{std::move(bytes)}, DataType::Binary(), origin);
}

}  // namespace

Literal NumberLiteral(std::string_view text, const OriginPtr& origin) {
  const char last = static_cast<char>(text.back() & ~0x20);
  const auto without = [text](size_t suffix) { return std::string(text.substr(0, text.size() - suffix)); };
  switch (last) {
    case 'L': return SmallInteger<int64_t>(without(1), DataType::Long(), origin);
    case 'S': return SmallInteger<int16_t>(without(1), DataType::Short(), origin);
    case 'Y': return SmallInteger<int8_t>(without(1), DataType::Byte(), origin);
    case 'F': return FloatLiteral(without(1), origin);
    case 'D':
      if ((text[text.size() - 2] & ~0x20) == 'B') return DecimalLiteral(text.substr(0, text.size() - 2));
      return DoubleLiteral(without(1), origin);
    default: break;
  }
  if (text.find_first_of("eE") != std::string_view::npos) return DoubleLiteral(std::string(text), origin);
  if (text.find('.') != std::string_view::npos) return DecimalLiteral(text);
  const auto value = Integer(text);
  if (!value) return DecimalLiteral(text);
  const bool is_int = *value == static_cast<int32_t>(*value);
  return {Value{*value}, is_int ? DataType::Integer() : DataType::Long()};
}

ExpressionPtr TypedLiteral(const std::string& type, const std::string& value, const ParserOptions& options,
                           const OriginPtr& origin) {
  if (type == "DATE") return DateLiteral(value, origin);
  if (type == "TIMESTAMP" || type == "TIMESTAMP_LTZ" || type == "TIMESTAMP_NTZ") {
    return TimestampLiteral(type, value, options, origin);
  }
  if (type == "TIME") return TimeLiteral(value, origin);
  if (type == "X") return HexLiteral(value, origin);
  throw ErrorOver(
      origin, "UNSUPPORTED_TYPED_LITERAL",
      {{"unsupportedType", QuoteDouble(type)},
       {"supportedTypes",
        "\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\""}});
}

}  // namespace hearth::spark
