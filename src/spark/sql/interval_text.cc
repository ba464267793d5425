#include "spark/sql/interval_text.h"

#include <algorithm>
#include <limits>
#include <map>

namespace hearth::spark {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return static_cast<unsigned char>(c) <= 0x20; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Takes a sign from the front of `text`.
int TakeSign(std::string_view* text) {
  if (text->empty() || (text->front() != '-' && text->front() != '+')) return 1;
  const int sign = text->front() == '-' ? -1 : 1;
  text->remove_prefix(1);
  return sign;
}

std::optional<int64_t> TakeNumber(std::string_view* text, size_t most_digits) {
  size_t digits = 0;
  int64_t value = 0;
  while (digits < text->size() && IsDigit((*text)[digits])) {
    if (__builtin_mul_overflow(value, int64_t{10}, &value) ||
        __builtin_add_overflow(value, int64_t{(*text)[digits] - '0'}, &value)) {
      return std::nullopt;
    }
    ++digits;
  }
  if (digits == 0 || digits > most_digits) return std::nullopt;
  text->remove_prefix(digits);
  return value;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// Up to nine digits after the point, to the microsecond.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  int64_t value = 0;
  size_t digits = 0;
  while (digits < text->size() && IsDigit((*text)[digits])) {
    if (digits < 6) value = value * 10 + ((*text)[digits] - '0');
    ++digits;
  }
  if (digits > 9) return std::nullopt;
  for (size_t i = digits; i < 6; ++i) value *= 10;
  text->remove_prefix(digits);
  return value;
}

int64_t MicrosOf(IntervalField field) {
  switch (field) {
    case IntervalField::kDay: return 86400 * kMicrosPerSecond;
    case IntervalField::kHour: return 3600 * kMicrosPerSecond;
    case IntervalField::kMinute: return 60 * kMicrosPerSecond;
    case IntervalField::kSecond: break;
  }
  return kMicrosPerSecond;
}

// The largest number that a field may hold when it does not lead.
int64_t LimitOf(IntervalField field) { return field == IntervalField::kHour ? 23 : 59; }

// Leading fields may have as many digits as an int64 of microseconds can hold of them.
size_t LeadingDigits(IntervalField field) {
  switch (field) {
    case IntervalField::kDay: return 9;
    case IntervalField::kHour: return 10;
    case IntervalField::kMinute: return 12;
    case IntervalField::kSecond: break;
  }
  return 13;
}

bool AddScaled(int64_t number, int64_t scale, int64_t* total) {
  int64_t scaled = 0;
  return !__builtin_mul_overflow(number, scale, &scaled) && !__builtin_add_overflow(*total, scaled, total);
}

struct Unit {
  int64_t months = 0;
  int64_t days = 0;
  int64_t micros = 0;
};

const std::map<std::string_view, Unit>& Units() {
  static const std::map<std::string_view, Unit> kUnits = {
      {"year", {12, 0, 0}},          {"month", {1, 0, 0}},
      {"week", {0, 7, 0}},           {"day", {0, 1, 0}},
      {"hour", {0, 0, 3'600'000'000}}, {"minute", {0, 0, 60'000'000}},
      {"second", {0, 0, 1'000'000}}, {"millisecond", {0, 0, 1000}},
      {"microsecond", {0, 0, 1}}};
  return kUnits;
}

bool AddPart(int64_t number, const Unit& unit, CalendarIntervalValue* sum) {
  int64_t months = sum->months;
  int64_t days = sum->days;
  if (!AddScaled(number, unit.months, &months) || !AddScaled(number, unit.days, &days) ||
      !AddScaled(number, unit.micros, &sum->microseconds)) {
    return false;
  }
  const auto fits = [](int64_t n) { return n == static_cast<int32_t>(n); };
  if (!fits(months) || !fits(days)) return false;
  sum->months = static_cast<int32_t>(months);
  sum->days = static_cast<int32_t>(days);
  return true;
}

}  // namespace

std::optional<int64_t> ParseYearToMonth(std::string_view text) {
  text = Trim(text);
  const int sign = TakeSign(&text);
  const auto years = TakeNumber(&text, 9);
  if (!years || !Take(&text, '-')) return std::nullopt;
  const auto months = TakeNumber(&text, 2);
  if (!months || *months > 11 || !text.empty()) return std::nullopt;
  const int64_t total = sign * (*years * 12 + *months);
  if (total != static_cast<int32_t>(total)) return std::nullopt;
  return total;
}

std::optional<int64_t> ParseDayTime(std::string_view text, IntervalField start, IntervalField end) {
  text = Trim(text);
  const int sign = TakeSign(&text);
  int64_t micros = 0;
  for (auto field = start; field <= end; field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    if (field != start && !Take(&text, field == IntervalField::kHour ? ' ' : ':')) return std::nullopt;
    const auto number = TakeNumber(&text, field == start ? LeadingDigits(field) : 2);
    if (!number || (field != start && *number > LimitOf(field))) return std::nullopt;
    if (!AddScaled(*number, sign * MicrosOf(field), &micros)) return std::nullopt;
    if (field == IntervalField::kSecond && Take(&text, '.')) {
      const auto fraction = TakeFraction(&text);
      if (!fraction || !AddScaled(*fraction, sign, &micros)) return std::nullopt;
    }
  }
  if (!text.empty()) return std::nullopt;
  return micros;
}

IntervalSum SumInterval(const std::vector<IntervalPart>& parts) {
  IntervalSum sum;
  for (const IntervalPart& part : parts) {
    sum.unit = part.unit;
    const auto unit = Units().find(part.unit);
    std::string_view text = Trim(part.value);
    const int sign = TakeSign(&text);
    text = Trim(text);
    // ".5" is a number of seconds.
    const bool starts_with_point = !text.empty() && text.front() == '.';
    const auto number = starts_with_point ? std::optional<int64_t>(0) : TakeNumber(&text, 19);
    if (unit == Units().end() || !number || !AddPart(sign * *number, unit->second, &sum.value)) {
      sum.problem = IntervalProblem::kFormat;
      return sum;
    }
    if (text.empty()) continue;
    std::optional<int64_t> fraction;
    const bool has_fraction = Take(&text, '.');
    if (has_fraction && part.unit == "second") fraction = TakeFraction(&text);
    if (!fraction || !text.empty() || !AddScaled(*fraction, sign, &sum.value.microseconds)) {
      sum.problem = has_fraction && part.unit != "second" ? IntervalProblem::kFraction : IntervalProblem::kFormat;
      return sum;
    }
  }
  return sum;
}

std::optional<std::vector<IntervalPart>> SplitInterval(std::string_view text) {
  std::vector<std::string> words;
  for (const char c : Trim(text)) {
    if (IsSpace(c)) {
      if (words.empty() || !words.back().empty()) words.emplace_back();
      continue;
    }
    if (words.empty()) words.emplace_back();
    words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (!words.empty() && words.front() == "interval") words.erase(words.begin());
  // A sign may stand apart from its number.
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] != "-" && words[i] != "+") continue;
    words[i] += words[i + 1];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  std::vector<IntervalPart> parts;
  for (size_t i = 0; i < words.size(); i += 2) {
    std::string unit = words[i + 1];
    if (unit.size() > 1 && unit.back() == 's') unit.pop_back();
    parts.push_back({words[i], std::move(unit)});
  }
  return parts;
}

}  // namespace hearth::spark
