#include "engine/functions/text_parsing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "absl/time/clock.h"
#include "engine/functions/civil_date.h"
#include "engine/functions/time_zone.h"

namespace hearth::engine {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// UTF8String.isWhitespaceOrISOControl of one byte: bytes of longer characters are negative and neither.
bool IsTrimmed(char c) { return (c >= 0 && c <= ' ') || c == 0x7f; }

std::string_view TrimAll(std::string_view text) {
  while (!text.empty() && IsTrimmed(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsTrimmed(text.back())) text.remove_suffix(1);
  return text;
}

// java.lang.String.trim.
std::string_view JavaTrim(std::string_view text) {
  const auto is_space = [](char c) { return c >= 0 && c <= ' '; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

// digits [. digits] [e exponent] with at least one digit, all of `text`.
bool IsDecimalFloat(std::string_view text) {
  size_t i = 0;
  size_t digits = 0;
  while (i < text.size() && IsDigit(text[i])) ++i, ++digits;
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && IsDigit(text[i])) ++i, ++digits;
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const size_t exponent = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    if (i == exponent) return false;
  }
  return i == text.size();
}

// 0x hex digits [. hex digits] p exponent: the exponent is required, as in Java.
bool IsHexFloat(std::string_view text) {
  if (text.size() < 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return false;
  size_t i = 2;
  size_t digits = 0;
  while (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0) ++i, ++digits;
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0) ++i, ++digits;
  }
  if (digits == 0 || i == text.size() || (text[i] != 'p' && text[i] != 'P')) return false;
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  const size_t exponent = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  return i > exponent && i == text.size();
}

template <typename T>
std::optional<T> ParseUnsignedFloat(std::string_view text) {
  if (IsHexFloat(text)) {
    const std::string copy(text);
    if constexpr (std::is_same_v<T, float>) return std::strtof(copy.c_str(), nullptr);
    return static_cast<T>(std::strtod(copy.c_str(), nullptr));
  }
  if (!IsDecimalFloat(text)) return std::nullopt;
  T value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc::result_out_of_range) {
    // Too large or too small: strtod says which, as infinity or zero.
    const std::string copy(text);
    if constexpr (std::is_same_v<T, float>) return std::strtof(copy.c_str(), nullptr);
    return static_cast<T>(std::strtod(copy.c_str(), nullptr));
  }
  return value;
}

// Java's parseDouble or parseFloat; then Spark's names for special values.
template <typename T>
std::optional<T> ParseFloating(std::string_view text) {
  text = JavaTrim(text);
  const std::string lower = Lower(text);
  if (lower == "nan" || text == "+NaN" || text == "-NaN") return std::numeric_limits<T>::quiet_NaN();
  if (lower == "inf" || lower == "+inf" || lower == "infinity" || lower == "+infinity") {
    return std::numeric_limits<T>::infinity();
  }
  if (lower == "-inf" || lower == "-infinity") return -std::numeric_limits<T>::infinity();
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const bool has_suffix =
      !text.empty() && std::string_view("fFdD").find(text.back()) != std::string_view::npos;
  // A hexadecimal number's last letter is a suffix only behind an exponent.
  if (has_suffix && (!hex || text.find_first_of("pP") != std::string_view::npos)) text.remove_suffix(1);
  std::optional<T> value = ParseUnsignedFloat<T>(text);
  if (value.has_value() && negative) value = -*value;
  return value;
}

// The fields of a date and time text, as Spark's parser of timestamps collects them.
struct TimestampFields {
  int64_t segments[9] = {1, 1, 1, 0, 0, 0, 0, 0, 0};
  std::optional<std::string_view> zone;
  bool just_time = false;
};

// DateTimeUtils.parseTimestampString. Segments: year, month, day, hour, minute, second, micros, zone.
class TimestampParser {
 public:
  static std::optional<TimestampFields> Parse(std::string_view text) {
    TimestampParser parser(TrimAll(text));
    return parser.Run() ? std::optional<TimestampFields>(parser.fields_) : std::nullopt;
  }

 private:
  explicit TimestampParser(std::string_view text) : text_(text) {}

  bool Run() {
    if (text_.empty()) return false;
    std::optional<int> year_sign;
    if (text_[0] == '-' || text_[0] == '+') {
      year_sign = text_[0] == '-' ? -1 : 1;
      at_ = 1;
    }
    int fraction_digits = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (!IsDigit(c)) {
        if (!Separator(c, year_sign.has_value())) return false;
        continue;
      }
      if (segment_ == 6) ++fraction_digits;
      // Digits beyond microseconds are cut.
      if (segment_ != 6 || digits_ < 6) value_ = std::min<int64_t>(value_ * 10 + (c - '0'), kHuge);
      ++digits_;
    }
    if (!ValidDigits(segment_)) return false;
    fields_.segments[segment_] = value_;
    for (; fraction_digits < 6; ++fraction_digits) fields_.segments[6] *= 10;
    fields_.segments[0] *= year_sign.value_or(1);
    return true;
  }

  // What a character that is no digit does; false: the text is no timestamp.
  bool Separator(char c, bool has_sign) {
    switch (segment_) {
      case 0:
      case 1:
        if (at_ == 0 && c == 'T') {
          fields_.just_time = true;
          segment_ = 3;
          return true;
        }
        if (c == '-') return Close(segment_, segment_ + 1);
        if (segment_ == 0 && c == ':' && !has_sign) {
          fields_.just_time = true;
          return Close(3, 4);
        }
        return false;
      case 2: return (c == ' ' || c == 'T') && Close(2, 3);
      case 3:
      case 4: return c == ':' && Close(segment_, segment_ + 1);
      case 5:
      case 6:
        if (c == '.' && segment_ == 5) return Close(5, 6);
        if (!Close(segment_, 7)) return false;
        fields_.zone = text_.substr(at_);
        at_ = text_.size();
        return true;
      default: return false;
    }
  }

  bool Close(int segment, int next) {
    if (!ValidDigits(segment)) return false;
    fields_.segments[segment] = value_;
    value_ = 0;
    digits_ = 0;
    segment_ = next;
    return true;
  }

  bool ValidDigits(int segment) const {
    if (segment == 6) return true;
    if (segment == 0) return digits_ >= 4 && digits_ <= 6;
    if (segment == 7) return digits_ <= 2;
    return digits_ > 0 && digits_ <= 2;
  }

  static constexpr int64_t kHuge = 1'000'000'000;

  std::string_view text_;
  size_t at_ = 0;
  int segment_ = 0;
  int64_t value_ = 0;
  int digits_ = 0;
  TimestampFields fields_;
};

bool IsDate(int64_t month, int64_t day, int64_t year) {
  return month >= 1 && month <= 12 && day >= 1 && day <= DaysInMonth(year, static_cast<int>(month));
}

std::optional<int64_t> WallClockOf(const TimestampFields& fields) {
  const auto& s = fields.segments;
  if (!IsDate(s[1], s[2], s[0]) || s[3] > 23 || s[4] > 59 || s[5] > 59) return std::nullopt;
  const int64_t days = DaysOf({s[0], static_cast<int>(s[1]), static_cast<int>(s[2])});
  const int64_t micros_of_day = ((s[3] * 60 + s[4]) * 60 + s[5]) * 1'000'000 + s[6];
  int64_t micros;
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, micros_of_day, &micros)) {
    return std::nullopt;
  }
  return micros;
}

void SetToday(Zone* zone, TimestampFields* fields) {
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  const CivilDate today = CivilOf(zone->ToLocal(absl::ToUnixMicros(absl::Now())) / kMicrosPerDay);
  fields->segments[0] = today.year;
  fields->segments[1] = today.month;
  fields->segments[2] = today.day;
}

}  // namespace

template <typename T>
std::optional<T> ParseInteger(std::string_view text) {
  text = TrimAll(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && stop == end ? std::optional<T>(value) : std::nullopt;
}
template std::optional<int8_t> ParseInteger<int8_t>(std::string_view);
template std::optional<int16_t> ParseInteger<int16_t>(std::string_view);
template std::optional<int32_t> ParseInteger<int32_t>(std::string_view);
template std::optional<int64_t> ParseInteger<int64_t>(std::string_view);

std::optional<bool> ParseBoolean(std::string_view text) {
  const std::string lower = Lower(TrimAll(text));
  for (const char* word : {"t", "true", "y", "yes", "1"}) {
    if (lower == word) return true;
  }
  for (const char* word : {"f", "false", "n", "no", "0"}) {
    if (lower == word) return false;
  }
  return std::nullopt;
}

std::optional<double> ParseDouble(std::string_view text) { return ParseFloating<double>(text); }
std::optional<float> ParseFloat(std::string_view text) { return ParseFloating<float>(text); }

ParsedDecimal ParseDecimal(std::string_view text, int precision, int scale) {
  const std::optional<DecimalText> number = DecimalText::Parse(JavaTrim(text));
  if (!number.has_value()) return {};
  constexpr int kMaxPrecision = 38;
  ParsedDecimal parsed{.status = ParsedDecimal::Status::kOutOfSupportedRange, .number = *number};
  if (number->precision() - number->scale > kMaxPrecision) return parsed;
  const std::optional<__int128> unscaled = number->Unscaled(precision, scale);
  parsed.status = unscaled.has_value() ? ParsedDecimal::Status::kFits : ParsedDecimal::Status::kOutOfRange;
  parsed.unscaled = unscaled.value_or(0);
  return parsed;
}

std::optional<int32_t> ParseDate(std::string_view text) {
  text = TrimAll(text);
  int64_t sign = 1;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  int64_t segments[3] = {1, 1, 1};
  size_t segment = 0;
  int64_t value = 0;
  int digits = 0;
  const auto valid = [&] { return segment == 0 ? digits >= 4 && digits <= 7 : digits > 0 && digits <= 2; };
  size_t at = 0;
  for (; at < text.size() && text[at] != ' ' && text[at] != 'T'; ++at) {
    const char c = text[at];
    if (segment < 2 && c == '-') {
      if (!valid()) return std::nullopt;
      segments[segment++] = value;
      value = 0;
      digits = 0;
    } else {
      if (!IsDigit(c) || ++digits > 7) return std::nullopt;
      value = value * 10 + (c - '0');
    }
  }
  if (!valid() || (segment < 2 && at < text.size())) return std::nullopt;
  segments[segment] = value;
  const int64_t year = sign * segments[0];
  if (!IsDate(segments[1], segments[2], year)) return std::nullopt;
  const int64_t days = DaysOf({year, static_cast<int>(segments[1]), static_cast<int>(segments[2])});
  if (days < std::numeric_limits<int32_t>::min() || days > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return static_cast<int32_t>(days);
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text) {
  const std::optional<TimestampFields> fields = TimestampParser::Parse(text);
  if (!fields.has_value() || fields->just_time) return std::nullopt;
  if (fields->zone.has_value() && !Zone::Find(JavaTrim(*fields->zone)).has_value()) return std::nullopt;
  return WallClockOf(*fields);
}

std::optional<int64_t> ParseTimestamp(std::string_view text, std::string_view zone) {
  std::optional<TimestampFields> fields = TimestampParser::Parse(text);
  if (!fields.has_value()) return std::nullopt;
  std::optional<Zone> found = Zone::Find(fields->zone.has_value() ? JavaTrim(*fields->zone) : zone);
  if (!found.has_value()) return std::nullopt;
  if (fields->just_time) SetToday(&*found, &*fields);
  const std::optional<int64_t> local = WallClockOf(*fields);
  return local.has_value() ? std::optional<int64_t>(found->ToUtc(*local)) : std::nullopt;
}

}  // namespace hearth::engine
