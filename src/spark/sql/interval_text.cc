#include "spark/sql/interval_text.h"

#include <algorithm>
#include <array>
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

constexpr std::array<std::string_view, 4> kNames = {"day", "hour", "minute", "second"};

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
  static const std::map<std::string_view, Unit> kUnits = {{"year", {12, 0, 0}},
                                                          {"month", {1, 0, 0}},
                                                          {"week", {0, 7, 0}},
                                                          {"day", {0, 1, 0}},
                                                          {"hour", {0, 0, 3'600'000'000}},
                                                          {"minute", {0, 0, 60'000'000}},
                                                          {"second", {0, 0, 1'000'000}},
                                                          {"millisecond", {0, 0, 1000}},
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

IntervalReading ParseYearToMonth(std::string_view text) {
  text = Trim(text);
  const int sign = TakeSign(&text);
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), IsDigit);
  };
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || !all_digits(text.substr(0, dash)) ||
      !all_digits(text.substr(dash + 1))) {
    return {};
  }
  IntervalReading out_of_range;
  out_of_range.is_out_of_range = true;
  const auto years = TakeNumber(&text, 10);
  Take(&text, '-');
  const auto months = TakeNumber(&text, 10);
  if (!years || !months || *months > 11) return out_of_range;
  const int64_t total = sign * (*years * 12 + *months);
  if (total != static_cast<int32_t>(total)) return out_of_range;
  return {total, false, ""};
}

IntervalReading ParseDayTime(std::string_view text, IntervalField start, IntervalField end) {
  text = Trim(text);
  const int sign = TakeSign(&text);
  int64_t micros = 0;
  IntervalReading reading;
  for (auto field = start; field <= end; field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    if (field != start && !Take(&text, field == IntervalField::kHour ? ' ' : ':')) return {};
    const auto number = TakeNumber(&text, field == start ? LeadingDigits(field) : 2);
    if (!number) return {};
    if (field != start && *number > LimitOf(field)) {
      reading.is_out_of_range = true;
      reading.range = std::string(kNames[static_cast<size_t>(field)]) + " " + std::to_string(*number) +
                      " outside range [0, " + std::to_string(LimitOf(field)) + "]";
    }
    if (!AddScaled(*number, sign * MicrosOf(field), &micros)) reading.is_out_of_range = true;
    if (field == IntervalField::kSecond && Take(&text, '.')) {
      const auto fraction = TakeFraction(&text);
      if (!fraction) return {};
      if (!AddScaled(*fraction, sign, &micros)) reading.is_out_of_range = true;
    }
  }
  if (!text.empty()) return {};
  if (!reading.is_out_of_range) reading.value = micros;
  return reading;
}

std::string DayTimeForm(IntervalField start, IntervalField end) {
  static constexpr std::array<std::string_view, 4> kForms = {"d", " h", ":m", ":s.n"};
  std::string form;
  for (auto i = static_cast<size_t>(start); i <= static_cast<size_t>(end); ++i) form += kForms[i];
  if (start != IntervalField::kDay) form.erase(0, 1);
  return "[+|-]" + form;
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
    const bool has_digits = !text.empty() && IsDigit(text.front());
    const auto number = starts_with_point ? std::optional<int64_t>(0) : TakeNumber(&text, SIZE_MAX);
    if (!number && !has_digits) {
      sum.problem = IntervalProblem::kFormat;
      return sum;
    }
    if (unit == Units().end()) {
      sum.problem = IntervalProblem::kUnit;
      return sum;
    }
    if (!number || !AddPart(sign * *number, unit->second, &sum.value)) {
      sum.problem = IntervalProblem::kOverflow;
      return sum;
    }
    if (text.empty()) continue;
    std::optional<int64_t> fraction;
    const bool has_fraction = Take(&text, '.');
    if (has_fraction && part.unit == "second") fraction = TakeFraction(&text);
    if (!fraction || !text.empty() || !AddScaled(*fraction, sign, &sum.value.microseconds)) {
      sum.problem =
          has_fraction && part.unit != "second" ? IntervalProblem::kFraction : IntervalProblem::kFormat;
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
