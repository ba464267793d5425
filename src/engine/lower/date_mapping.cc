#include "engine/lower/date_mapping.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "engine/lower/literal.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::TypedExpression;
using spark::TypeId;
using Id = DuckType::Id;
using Printer = ExpressionPrinter;

// DuckDB gives fields as BIGINT where Spark says INT; every value fits either.
DuckType Bigint() { return DuckType(Id::kBigint); }
DuckType Date() { return DuckType(Id::kDate); }

Fragment Argument(Printer& printer, const Call& call, size_t i) {
  return printer.PrintStored(*call.arguments[i]);
}

Fragment Field(Printer& printer, const Call& call, const char* function) {
  return printer.CallOf(function, {Argument(printer, call, 0)}, Bigint());
}

Fragment Number(const char* digits) { return {digits, DuckType(Id::kInteger), Fragment::Form::kConstant}; }

Fragment Zone(Printer& printer) { return TextLiteral(printer.lowering().time_zone()); }

// The wall clock of a timestamp of either kind.
Fragment WallClock(Printer& printer, const TypedExpression& expression) {
  const Fragment value = printer.PrintStored(expression);
  if (!expression.type.Is(TypeId::kTimestamp)) return value;
  return printer.CallOf("hearth_wall_clock", {value, Zone(printer)}, DuckType(Id::kTimestamp));
}

Fragment Instant(Printer& printer, const Fragment& wall_clock) {
  return printer.CallOf("hearth_instant", {wall_clock, Zone(printer)}, DuckType(Id::kTimestampTz));
}

Fragment ClockField(Printer& printer, const Call& call, const char* function) {
  return printer.CallOf(function, {WallClock(printer, *call.arguments[0])}, Bigint());
}

Fragment Microseconds(Printer& printer, const Fragment& time) {
  return printer.CallOf("epoch_us", {time}, Bigint());
}

// DuckDB's unit for a literal unit of TRUNC or DATE_TRUNC; empty for units that Spark does not know and
// answers NULL.
std::string Unit(const TypedExpression& expression) {
  static const std::map<std::string, std::string> kUnits = {{"YEAR", "year"},
                                                            {"YYYY", "year"},
                                                            {"YY", "year"},
                                                            {"QUARTER", "quarter"},
                                                            {"MONTH", "month"},
                                                            {"MM", "month"},
                                                            {"MON", "month"},
                                                            {"WEEK", "week"},
                                                            {"DAY", "day"},
                                                            {"DD", "day"},
                                                            {"HOUR", "hour"},
                                                            {"MINUTE", "minute"},
                                                            {"SECOND", "second"},
                                                            {"MILLISECOND", "milliseconds"},
                                                            {"MICROSECOND", "microseconds"}};
  const auto* constant = expression.As<spark::Constant>();
  HEARTH_CHECK(constant != nullptr);
  if (constant->value.IsNull()) return "";
  std::string name = constant->value.As<std::string>();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto found = kUnits.find(name);
  return found == kUnits.end() ? "" : found->second;
}

}  // namespace

Fragment MapYear(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "year");
}
Fragment MapQuarter(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "quarter");
}
Fragment MapMonth(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "month");
}
Fragment MapDay(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "day");
}
Fragment MapDayOfYear(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "dayofyear");
}
Fragment MapWeekOfYear(Printer& printer, const TypedExpression&, const Call& call) {
  return Field(printer, call, "weekofyear");
}

// Spark's week starts on Sunday with 1, DuckDB's with 0.
Fragment MapDayOfWeek(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Infix(Field(printer, call, "dayofweek"), "+", Number("1"), Bigint());
}

// Monday is 0 for Spark and 1 for ISO.
Fragment MapWeekday(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Infix(Field(printer, call, "isodow"), "-", Number("1"), Bigint());
}

Fragment MapHour(Printer& printer, const TypedExpression&, const Call& call) {
  return ClockField(printer, call, "hour");
}
Fragment MapMinute(Printer& printer, const TypedExpression&, const Call& call) {
  return ClockField(printer, call, "minute");
}
Fragment MapSecond(Printer& printer, const TypedExpression&, const Call& call) {
  return ClockField(printer, call, "second");
}

// DuckDB's microsecond field counts the whole seconds as well: 7500000 is 7.5.
Fragment MapSecondWithFraction(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment micros = Printer::Widen(ClockField(printer, call, "microsecond"), DuckType::Decimal(19, 0));
  const Fragment millionth{"CAST('0.000001' AS DECIMAL(6,6))", DuckType::Decimal(6, 6),
                           Fragment::Form::kConstant};
  return Printer::Widen(Printer::Infix(micros, "*", millionth, DuckType::Decimal(25, 6)),
                        DuckType::Decimal(8, 6));
}

Fragment MapDateAdd(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment days = Printer::Widen(Argument(printer, call, 1), DuckType(Id::kInteger));
  return printer.CallOf("hearth_date_add", {Argument(printer, call, 0), days}, Date());
}

Fragment MapDateSub(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment days = Printer::Widen(Argument(printer, call, 1), DuckType(Id::kInteger));
  Fragment negated{"(- " + days.sql + ")", days.type};
  Inherit(&negated, days);
  return printer.CallOf("hearth_date_add", {Argument(printer, call, 0), negated}, Date());
}

Fragment MapDateDiff(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Infix(Argument(printer, call, 0), "-", Argument(printer, call, 1), Bigint());
}

// A literal of some centuries moves no date out of range, and the total function folds, which pruning needs.
bool IsFewMonths(const TypedExpression& expression) {
  constexpr int64_t kFew = 12 * 400;
  const auto* constant = expression.As<spark::Constant>();
  const auto* months = constant == nullptr ? nullptr : std::get_if<int64_t>(&constant->value.data);
  return months != nullptr && *months >= -kFew && *months <= kFew;
}

Fragment MapAddMonths(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (!IsFewMonths(*call.arguments[1])) {
    return printer.RaisingCall("hearth_checked_add_months",
                               {Argument(printer, call, 0), Argument(printer, call, 1)}, Date(),
                               whole.origin);
  }
  return printer.CallOf("hearth_add_months", {Argument(printer, call, 0), Argument(printer, call, 1)},
                        Date());
}

Fragment MapMonthsBetween(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.CallOf(
      "hearth_months_between",
      {Argument(printer, call, 0), Argument(printer, call, 1), Argument(printer, call, 2), Zone(printer)},
      DuckType(Id::kDouble));
}

Fragment MapLastDay(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.CallOf("last_day", {Argument(printer, call, 0)}, Date());
}

// Units below a month leave no date; Spark gives NULL for them, except for the week.
Fragment MapTruncDate(Printer& printer, const TypedExpression&, const Call& call) {
  const std::string unit = Unit(*call.arguments[1]);
  static constexpr std::string_view kDateUnits[] = {"year", "quarter", "month", "week"};
  if (std::find(std::begin(kDateUnits), std::end(kDateUnits), unit) == std::end(kDateUnits))
    return NullLiteral(Date());
  const Fragment truncated =
      printer.CallOf("date_trunc", {TextLiteral(unit), Argument(printer, call, 0)}, DuckType(Id::kTimestamp));
  return Printer::Widen(truncated, Date());
}

Fragment MapTruncTimestamp(Printer& printer, const TypedExpression& whole, const Call& call) {
  const std::string unit = Unit(*call.arguments[0]);
  if (unit.empty()) return NullLiteral(DuckType::For(whole.type));
  const Fragment truncated = printer.CallOf(
      "date_trunc", {TextLiteral(unit), WallClock(printer, *call.arguments[1])}, DuckType(Id::kTimestamp));
  return whole.type.Is(TypeId::kTimestamp) ? Instant(printer, truncated) : truncated;
}

Fragment MapCurrentTimestamp(Printer& printer, const TypedExpression&, const Call& call) {
  return Argument(printer, call, 0);
}

Fragment MapCurrentDate(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Widen(WallClock(printer, *call.arguments[0]), Date());
}

Fragment MapLocalTimestamp(Printer& printer, const TypedExpression&, const Call& call) {
  return WallClock(printer, *call.arguments[0]);
}

Fragment MapUnixDate(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment epoch{"DATE '1970-01-01'", Date(), Fragment::Form::kConstant};
  return Printer::Infix(Argument(printer, call, 0), "-", epoch, Bigint());
}

Fragment MapDateFromUnixDate(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment epoch{"DATE '1970-01-01'", Date(), Fragment::Form::kConstant};
  return printer.CallOf("hearth_date_add", {epoch, Argument(printer, call, 0)}, Date());
}

Fragment MapIntervalDays(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment day{"CAST('86400000000' AS BIGINT)", Bigint(), Fragment::Form::kConstant};
  return Printer::Widen(Printer::Infix(Argument(printer, call, 0), "//", day, Bigint()),
                        DuckType(Id::kInteger));
}

Fragment MapSubtractDates(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment day{"CAST('86400000000' AS BIGINT)", Bigint(), Fragment::Form::kConstant};
  const Fragment days = Printer::Infix(Argument(printer, call, 0), "-", Argument(printer, call, 1), Bigint());
  return Printer::Infix(days, "*", day, Bigint());
}

// The distance on the wall clock, as Spark measures it.
Fragment MapSubtractTimestamps(Printer& printer, const TypedExpression&, const Call& call) {
  return Printer::Infix(Microseconds(printer, WallClock(printer, *call.arguments[0])), "-",
                        Microseconds(printer, WallClock(printer, *call.arguments[1])), Bigint());
}

// A day of an interval is a day on the wall clock, the rest is time.
Fragment MapTimestampAddInterval(Printer& printer, const TypedExpression& whole, const Call& call) {
  const bool instant = whole.type.Is(TypeId::kTimestamp);
  if (instant && printer.lowering().time_zone() != "UTC" && printer.lowering().time_zone() != "Etc/UTC") {
    throw spark::Error::Decline("adding a day-time interval to a timestamp in a time zone with clock changes",
                                whole.origin);
  }
  const Fragment interval =
      printer.CallOf("to_microseconds", {Argument(printer, call, 1)}, DuckType(Id::kInterval));
  return Printer::Infix(Argument(printer, call, 0), "+", interval, DuckType::For(whole.type));
}

Fragment MapTimestampAddMonths(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (!IsFewMonths(*call.arguments[1])) {
    throw spark::Error::Decline("adding months to a timestamp that are no literal, or too many",
                                whole.origin);
  }
  const Fragment moved = printer.CallOf("hearth_add_months",
                                        {WallClock(printer, *call.arguments[0]), Argument(printer, call, 1)},
                                        DuckType(Id::kTimestamp));
  return whole.type.Is(TypeId::kTimestamp) ? Instant(printer, moved) : moved;
}

}  // namespace hearth::engine
