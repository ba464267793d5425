#include "spark/sql/datetime_text.h"

#include <array>
#include <limits>

namespace hearth::spark {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Spark trims white space and control characters.
std::string_view Trim(std::string_view text) {
  const auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  std::string_view rest() const { return rest_; }

  bool Take(char c) {
    if (Peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // A number of `least` to `most` digits; nothing when there are fewer or more.
  std::optional<int64_t> Number(int least, int most) {
    int64_t value = 0;
    int digits = 0;
    while (IsDigit(Peek())) {
      if (++digits > most) return std::nullopt;
      value = value * 10 + (Peek() - '0');
      rest_.remove_prefix(1);
    }
    if (digits < least) return std::nullopt;
    return value;
  }

  // Digits of a fraction, to the microsecond; the rest is dropped.
  int64_t Fraction() {
    int64_t value = 0;
    int digits = 0;
    while (IsDigit(Peek())) {
      if (digits < 6) value = value * 10 + (Peek() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    for (; digits < 6; ++digits) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
};

bool IsLeap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

// Days since the epoch of a civil date, or nothing when there is no such day.
std::optional<int64_t> Days(int64_t year, int64_t month, int64_t day) {
  static constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const int64_t length = kLengths[static_cast<size_t>(month - 1)] + (month == 2 && IsLeap(year) ? 1 : 0);
  if (day > length) return std::nullopt;
  const int64_t shifted_year = year - (month <= 2 ? 1 : 0);
  const int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
  const int64_t year_of_era = shifted_year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// Reads year[-month[-day]]; `has_day` tells how far it came.
std::optional<int64_t> ReadDate(Reader* reader, int most_year_digits, bool* has_day) {
  const bool negative = reader->Peek() == '-';
  if (negative || reader->Peek() == '+') reader->Take(reader->Peek());
  const auto year = reader->Number(4, most_year_digits);
  if (!year) return std::nullopt;
  int64_t month = 1;
  int64_t day = 1;
  *has_day = false;
  if (reader->Take('-')) {
    const auto number = reader->Number(1, 2);
    if (!number) return std::nullopt;
    month = *number;
    if (reader->Take('-')) {
      const auto last = reader->Number(1, 2);
      if (!last) return std::nullopt;
      day = *last;
      *has_day = true;
    }
  }
  return Days(negative ? -*year : *year, month, day);
}

// Reads h[h]:m[m][:s[s][.f]] into microseconds of the day. Seconds may be missing, minutes not.
std::optional<int64_t> ReadClock(Reader* reader, bool minutes_optional) {
  const auto hour = reader->Number(1, 2);
  if (!hour || *hour > 23) return std::nullopt;
  int64_t micros = *hour * kMicrosPerHour;
  if (!reader->Take(':')) return minutes_optional ? std::optional(micros) : std::nullopt;
  const auto minute = reader->Number(1, 2);
  if (!minute || *minute > 59) return std::nullopt;
  micros += *minute * kMicrosPerMinute;
  if (!reader->Take(':')) return micros;
  const auto second = reader->Number(1, 2);
  if (!second || *second > 59) return std::nullopt;
  micros += *second * kMicrosPerSecond;
  if (reader->Take('.')) micros += reader->Fraction();
  return micros;
}

bool LooksLikeClock(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  return digits >= 1 && digits <= 2 && digits < text.size() && text[digits] == ':';
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  Reader reader(Trim(text));
  bool has_day = false;
  const auto days = ReadDate(&reader, 7, &has_day);
  if (!days) return std::nullopt;
  if (reader.AtEnd()) return days;
  // After a whole date anything may follow a blank or a T.
  const bool may_follow = has_day && (reader.Peek() == ' ' || reader.Peek() == 'T');
  return may_follow ? days : std::nullopt;
}

std::optional<TimestampParts> ParseTimestamp(std::string_view text) {
  Reader reader(Trim(text));
  TimestampParts out;
  int64_t days = 0;
  bool has_clock = true;
  if (reader.Peek() == 'T' || LooksLikeClock(reader.rest())) {
    reader.Take('T');
    out.is_time_only = true;
  } else {
    bool has_day = false;
    const auto date = ReadDate(&reader, 6, &has_day);
    if (!date) return std::nullopt;
    days = *date;
    has_clock = has_day && (reader.Peek() == ' ' || reader.Peek() == 'T');
    if (has_clock) reader.Take(reader.Peek());
  }
  int64_t clock = 0;
  if (has_clock) {
    const auto micros = ReadClock(&reader, /*minutes_optional=*/true);
    if (!micros) return std::nullopt;
    clock = *micros;
    out.zone = std::string(Trim(reader.rest()));
  } else if (!reader.AtEnd()) {
    return std::nullopt;
  }
  if (__builtin_mul_overflow(days, kMicrosPerDay, &out.local_micros) ||
      __builtin_add_overflow(out.local_micros, clock, &out.local_micros)) {
    return std::nullopt;
  }
  return out;
}

std::optional<int64_t> ParseTime(std::string_view text) {
  Reader reader(Trim(text));
  reader.Take('T');
  const auto micros = ReadClock(&reader, /*minutes_optional=*/false);
  if (!micros || !reader.AtEnd()) return std::nullopt;
  return *micros * 1000;
}

std::optional<int64_t> FixedOffset(std::string_view zone) {
  for (const std::string_view name : {"UTC", "GMT", "UT"}) {
    if (!zone.starts_with(name)) continue;
    zone.remove_prefix(name.size());
    if (zone.empty()) return 0;
    break;
  }
  if (zone == "Z") return 0;
  if (zone.empty() || (zone.front() != '+' && zone.front() != '-')) return std::nullopt;
  const int64_t sign = zone.front() == '-' ? -1 : 1;
  zone.remove_prefix(1);
  // +0130 and +013000 are written without colons.
  std::string spaced(zone);
  const bool is_compact = (zone.size() == 4 || zone.size() == 6) && zone.find(':') == std::string_view::npos;
  if (is_compact) {
    for (size_t i = zone.size() - 2; i > 0; i -= 2) spaced.insert(i, ":");
  }
  Reader reader(spaced);
  const auto hours = reader.Number(1, 2);
  if (!hours) return std::nullopt;
  int64_t seconds = *hours * 3600;
  for (const int64_t unit : {60, 1}) {
    if (reader.AtEnd()) break;
    if (!reader.Take(':')) return std::nullopt;
    const auto number = reader.Number(1, 2);
    if (!number || *number > 59) return std::nullopt;
    seconds += *number * unit;
  }
  if (!reader.AtEnd() || seconds > 18 * 3600) return std::nullopt;
  return sign * seconds * kMicrosPerSecond;
}

}  // namespace hearth::spark
