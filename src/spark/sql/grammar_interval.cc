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
  const bool is_value =
      kind == TokenKind::kInteger || kind == TokenKind::kDecimal || in.IsString(ahead + sign);
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

// Whether YEAR TO MONTH or its like stands `ahead`; plurals make no range.
bool RangeFollows(const TokenCursor& in, size_t ahead) {
  const auto is_singular = [&in](size_t at) {
    return in.IsAny({kSecond, kMinute, kHour, kDay, kMonth, kYear}, at);
  };
  return is_singular(ahead) && in.Is(kTo, ahead + 1) && is_singular(ahead + 2);
}

Error UnreadableInterval(const IntervalSum& sum, const std::string& text) {
  const auto error = [](const char* condition, Error::Parameters parameters) {
    return Error(ExceptionKind::kIllegalArgument, std::string("INVALID_INTERVAL_FORMAT.") + condition,
                 std::move(parameters));
  };
  switch (sum.problem) {
    case IntervalProblem::kFraction: return error("INVALID_FRACTION", {{"input", text}, {"unit", sum.unit}});
    case IntervalProblem::kUnit: return error("INVALID_UNIT", {{"input", text}, {"unit", sum.unit}});
    case IntervalProblem::kOverflow: return error("ARITHMETIC_EXCEPTION", {{"input", text}});
    default: return error("UNKNOWN_PARSING_ERROR", {{"input", text}, {"word", text}});
  }
}

Error UnmatchedForm(const std::string& value, const std::string& kind, const std::string& form,
                    const DataType& type, const OriginPtr& origin) {
  const std::string fields = type.sql().substr(std::string_view("INTERVAL ").size());
  return ErrorOver(origin,
                   kind == "day-time" ? "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE"
                                      : "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING",
                   {{"input", value},
                    {"intervalStr", kind},
                    {"supportedFormat", "`" + form + "`, `INTERVAL [+|-]'" + form + "' " + fields + "`"},
                    {"typeName", type.simple_string()}});
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
  return RangeFollows(in_, length) ? IntervalRange(first) : IntervalUnits(first);
}

// '1-2' YEAR TO MONTH and '1 02:03:04' DAY TO SECOND.
ExpressionPtr Grammar::IntervalRange(size_t first) {
  const size_t body = in_.position();
  const bool is_string = in_.IsString() || in_.IsString(1);
  const std::string value = TakeValue(&in_);
  const std::string from = UnitName(in_.Take().keyword);
  in_.Take();
  const std::string to = UnitName(in_.Take().keyword);
  const OriginPtr origin = in_.OriginFrom(body);
  if (!is_string) throw ErrorOver(origin, "_LEGACY_ERROR_TEMP_0027", {});
  FailOnSecondRange(first);
  if (from == "year" && to == "month") {
    const IntervalReading reading = ParseYearToMonth(value);
    if (reading.is_out_of_range) {
      throw ErrorOver(origin, "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
                      {{"input", value}, {"interval", "year-month"}});
    }
    const DataType type = DataType::YearMonthInterval();
    if (!reading.value) throw UnmatchedForm(value, "year-month", "[+|-]y-m", type, origin);
    return Make(Literal{spark::Value{*reading.value}, type}, first);
  }
  const auto start = DayTimeField(from);
  const auto end = DayTimeField(to);
  if (!start || !end || *start >= *end) {
    throw ErrorOver(origin, "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION",
                    {{"input", value}, {"from", from}, {"to", to}});
  }
  const DataType type = DataType::DayTimeInterval(*start, *end);
  const IntervalReading reading = ParseDayTime(value, *start, *end);
  if (reading.is_out_of_range) {
    throw ErrorOver(origin, "_LEGACY_ERROR_TEMP_0063", {{"msg", "requirement failed: " + reading.range}});
  }
  if (!reading.value) throw UnmatchedForm(value, "day-time", DayTimeForm(*start, *end), type, origin);
  return Make(Literal{spark::Value{*reading.value}, type}, first);
}

// A literal has one range, and nothing behind it.
void Grammar::FailOnSecondRange(size_t first) {
  const size_t length = ValueLength(in_, 0);
  if (length == 0 || UnitName(in_.Peek(length).keyword).empty()) return;
  for (size_t i = 0; i <= length; ++i) in_.Take();
  if (in_.Is(kTo) && !UnitName(in_.Peek(1).keyword).empty()) {
    in_.Take();
    in_.Take();
  }
  throw ErrorOver(in_.OriginFrom(first), "_LEGACY_ERROR_TEMP_0024", {});
}

// 1 DAY 2 HOURS.
ExpressionPtr Grammar::IntervalUnits(size_t first) {
  std::vector<IntervalPart> parts;
  std::string text;
  while (const size_t length = ValueLength(in_, 0)) {
    const size_t part = in_.position();
    const std::string unit = UnitName(in_.Peek(length).keyword);
    if (unit.empty()) break;
    if (!parts.empty() && RangeFollows(in_, length)) FailOnSecondRange(first);
    const bool is_string = in_.IsString(length - 1);
    std::string value = TakeValue(&in_);
    const std::string written(in_.Take().text);
    const bool is_number = SumInterval({{value, "second"}}).problem != IntervalProblem::kFormat;
    if (is_string && !is_number) {
      throw ErrorOver(in_.OriginFrom(part), "_LEGACY_ERROR_TEMP_0026", {{"value", value}});
    }
    text += " " + value + " " + written;
    parts.push_back({std::move(value), unit});
  }
  return IntervalFromParts(first, parts, text);
}

ExpressionPtr Grammar::IntervalString(size_t first, const std::string& value) {
  const auto parts = SplitInterval(value);
  if (!parts || SumInterval(*parts).problem != IntervalProblem::kNone) {
    throw ErrorOver(in_.OriginFrom(first), "INVALID_TYPED_LITERAL",
                    {{"valueType", "\"INTERVAL\""}, {"value", "'" + value + "'"}});
  }
  return IntervalFromParts(first, *parts, value);
}

// The sum as a year-month or a day-time interval over the fields that were named; the two do not mix.
// `text` is how an error quotes the parts.
ExpressionPtr Grammar::IntervalFromParts(size_t first, const std::vector<IntervalPart>& parts,
                                         const std::string& text) {
  const IntervalSum sum = SumInterval(parts);
  if (sum.problem != IntervalProblem::kNone) throw UnreadableInterval(sum, text);
  std::set<IntervalField> months;
  std::set<IntervalField> days;
  for (const IntervalPart& part : parts) {
    if (part.unit == "year") months.insert(IntervalField::kYear);
    if (part.unit == "month") months.insert(IntervalField::kMonth);
    if (const auto field = DayTimeField(part.unit)) days.insert(*field);
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
