// INTERVAL literals.
#include <array>
#include <optional>
#include <set>

#include "spark/sql/grammar.h"
#include "spark/sql/interval_text.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

namespace {

// The unit in the singular: DAYS is "day"; empty when the keyword is no unit.
std::string UnitName(Keyword keyword) {
  switch (keyword) {
    case kNanosecond:
    case kNanoseconds: return "nanosecond";
    case kMicrosecond:
    case kMicroseconds: return "microsecond";
    case kMillisecond:
    case kMilliseconds: return "millisecond";
    case kSecond:
    case kSeconds: return "second";
    case kMinute:
    case kMinutes: return "minute";
    case kHour:
    case kHours: return "hour";
    case kDay:
    case kDays: return "day";
    case kWeek:
    case kWeeks: return "week";
    case kMonth:
    case kMonths: return "month";
    case kYear:
    case kYears: return "year";
    default: return "";
  }
}

constexpr std::array<std::string_view, 4> kDayTimeNames = {"day", "hour", "minute", "second"};

std::optional<IntervalField> DayTimeField(const std::string& unit) {
  for (size_t i = 0; i < kDayTimeNames.size(); ++i) {
    if (unit == kDayTimeNames[i]) return static_cast<IntervalField>(i);
  }
  if (unit == "week") return IntervalField::kDay;
  if (unit == "millisecond" || unit == "microsecond") return IntervalField::kSecond;
  return std::nullopt;
}

// A value token: a number or a string, perhaps with a sign in front.
size_t ValueLength(const TokenCursor& in, size_t ahead) {
  const size_t sign = in.IsSymbol("-", ahead) || in.IsSymbol("+", ahead) ? 1 : 0;
  const TokenKind kind = in.Peek(ahead + sign).kind;
  const bool is_value = kind == TokenKind::kInteger || kind == TokenKind::kDecimal || in.IsString(ahead + sign);
  return is_value ? sign + 1 : 0;
}

std::string Negated(const std::string& value) {
  return value.starts_with('-') ? value.substr(1) : "-" + value;
}

std::string TakeValue(TokenCursor* in) {
  const bool is_negative = in->IsSymbol("-");
  if (is_negative || in->IsSymbol("+")) in->Take();
  const bool is_string = in->IsString();
  const std::string_view token = in->Take().text;
  const std::string value = is_string ? UnquoteString(token) : std::string(token);
  return is_negative ? Negated(value) : value;
}

}  // namespace

// INTERVAL is a literal when a value and a unit follow, or one string.
bool Grammar::StartsInterval() const {
  if (!in_.Is(kInterval)) return false;
  const size_t length = ValueLength(in_, 1);
  return length > 0 && (!UnitName(in_.Peek(1 + length).keyword).empty() || (length == 1 && in_.IsString(1)));
}

ExpressionPtr Grammar::Interval() {
  const size_t first = in_.position();
  in_.Take();
  const size_t length = ValueLength(in_, 0);
  if (UnitName(in_.Peek(length).keyword).empty()) {
    const std::string value = StringLiteral();
    return IntervalString(first, value);
  }
  return in_.Is(kTo, length + 1) ? IntervalRange(first) : IntervalUnits(first);
}

// '1-2' YEAR TO MONTH and '1 02:03:04' DAY TO SECOND.
ExpressionPtr Grammar::IntervalRange(size_t first) {
  const size_t body = in_.position();
  const bool is_string = in_.IsString() || in_.IsString(1);
  const std::string value = TakeValue(&in_);
  const std::string from = UnitName(in_.Take().keyword);
  in_.Take();
  const std::string to = UnitName(in_.Peek().keyword);
  if (to.empty()) in_.Fail();
  in_.Take();
  if (!is_string) throw ErrorOver(in_.OriginFrom(body), "_LEGACY_ERROR_TEMP_0027", {});
  if (ValueLength(in_, 0) > 0 && !UnitName(in_.Peek(ValueLength(in_, 0)).keyword).empty()) {
    throw ErrorOver(in_.OriginFrom(body), "_LEGACY_ERROR_TEMP_0024", {});
  }
  const auto start = DayTimeField(from);
  const auto end = DayTimeField(to);
  std::optional<int64_t> result;
  DataType type;
  std::string kind = "day-time";
  if (from == "year" && to == "month") {
    type = DataType::YearMonthInterval();
    result = ParseYearToMonth(value);
    kind = "year-month";
  } else if (start && end && *start < *end) {
    type = DataType::DayTimeInterval(*start, *end);
    result = ParseDayTime(value, *start, *end);
  } else {
    throw ErrorOver(in_.OriginFrom(body), "_LEGACY_ERROR_TEMP_0028", {{"from", from}, {"to", to}});
  }
  if (!result) {
    throw ErrorOver(in_.OriginFrom(body), "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING",
                    {{"input", value},
                     {"intervalStr", kind},
                     {"supportedFormat", "`" + type.sql().substr(9) + "`"},
                     {"typeName", type.simple_string()}});
  }
  return Make(Literal{spark::Value{*result}, type}, first);
}

// 1 DAY 2 HOURS.
ExpressionPtr Grammar::IntervalUnits(size_t first) {
  const size_t body = in_.position();
  std::vector<std::string> values;
  std::vector<std::string> units;
  while (const size_t length = ValueLength(in_, 0)) {
    std::string unit = UnitName(in_.Peek(length).keyword);
    if (unit.empty()) break;
    const bool is_string = in_.IsString(length - 1);
    values.push_back(TakeValue(&in_));
    units.push_back(std::move(unit));
    in_.Take();
    const bool is_number = SumInterval({{values.back(), "second"}}).problem == IntervalProblem::kNone;
    if (is_string && !is_number) {
      throw ErrorOver(in_.OriginFrom(body), "_LEGACY_ERROR_TEMP_0026", {{"value", values.back()}});
    }
  }
  return IntervalFromUnits(first, values, units);
}

ExpressionPtr Grammar::IntervalString(size_t first, const std::string& value) {
  const auto parts = SplitInterval(value);
  bool is_known = parts.has_value();
  std::vector<std::string> values;
  std::vector<std::string> units;
  if (parts) {
    for (const IntervalPart& part : *parts) {
      values.push_back(part.value);
      units.push_back(part.unit);
      is_known = is_known && SumInterval({part}).problem == IntervalProblem::kNone;
    }
  }
  if (!is_known) {
    throw ErrorOver(in_.OriginFrom(first), "INVALID_TYPED_LITERAL",
                    {{"valueType", "\"INTERVAL\""}, {"value", "'" + value + "'"}});
  }
  return IntervalFromUnits(first, values, units);
}

// The sum as a year-month or a day-time interval over the fields that were named; the two do not mix.
ExpressionPtr Grammar::IntervalFromUnits(size_t first, const std::vector<std::string>& values,
                                         const std::vector<std::string>& units) {
  std::vector<IntervalPart> parts;
  std::string text;
  std::set<IntervalField> months;
  std::set<IntervalField> days;
  for (size_t i = 0; i < units.size(); ++i) {
    parts.push_back({values[i], units[i]});
    text += " " + values[i] + " " + units[i];
    if (units[i] == "year") months.insert(IntervalField::kYear);
    if (units[i] == "month") months.insert(IntervalField::kMonth);
    if (const auto field = DayTimeField(units[i])) days.insert(*field);
  }
  const IntervalSum sum = SumInterval(parts);
  if (sum.problem != IntervalProblem::kNone) {
    const bool is_fraction = sum.problem == IntervalProblem::kFraction;
    Error::Parameters parameters = {{"input", text}};
    parameters[is_fraction ? "unit" : "interval"] = is_fraction ? sum.unit : text;
    throw Error(ExceptionKind::kIllegalArgument,
                is_fraction ? "INVALID_INTERVAL_FORMAT.INVALID_FRACTION" : "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
                std::move(parameters));
  }
  if (!months.empty() && !days.empty()) {
    throw ErrorOver(in_.OriginFrom(first), "_LEGACY_ERROR_TEMP_0029", {{"literal", in_.TextFrom(first)}});
  }
  if (!months.empty()) {
    return Make(Literal{spark::Value{int64_t{sum.value.months}},
                        DataType::YearMonthInterval(*months.begin(), *months.rbegin())},
                first);
  }
  int64_t micros = 0;
  if (__builtin_mul_overflow(int64_t{sum.value.days}, int64_t{86'400'000'000}, &micros) ||
      __builtin_add_overflow(micros, sum.value.microseconds, &micros)) {
    throw Error(ExceptionKind::kArithmetic, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", {});
  }
  return Make(Literal{spark::Value{micros}, DataType::DayTimeInterval(*days.begin(), *days.rbegin())}, first);
}

}  // namespace hearth::spark
