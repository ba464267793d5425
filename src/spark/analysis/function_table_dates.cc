// Functions of dates and timestamps.
#include <algorithm>
#include <map>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

// YEAR(x) and the like: of a date, and of a timestamp by its date in the session's zone.
TypedExpressionPtr DateField(Resolution& call) {
  call.Expect({DataType::Date()});
  return call.Give(DataType::Integer(), call.AnyNullable());
}

TypedExpressionPtr TimeField(Resolution& call) {
  call.Expect({InputType::AnyTimestamp()});
  return call.Give(DataType::Integer(), call.AnyNullable());
}

// SECOND with its fraction, which only EXTRACT gives.
TypedExpressionPtr SecondWithFraction(Resolution& call) {
  call.Expect({InputType::AnyTimestamp()});
  return call.Give(DataType::Decimal(8, 6), call.AnyNullable());
}

TypedExpressionPtr MoveDate(Resolution& call) {
  const DataType start = call.TypeOf(0);
  if (start.Is(TypeId::kTimestamp) || start.Is(TypeId::kTimestampNtz) || start.IsStringLike()) {
    call.Cast(0, DataType::Date());
  }
  if (call.TypeOf(1).IsStringLike()) call.Cast(1, DataType::Integer());
  call.Require(
      {DataType::Date(), InputType::OneOf({DataType::Integer(), DataType::Short(), DataType::Byte()})});
  return call.Give(DataType::Date(), call.AnyNullable());
}

// TO_DATE(x) and TO_TIMESTAMP(x); a pattern as second argument is Java's.
TypedExpressionPtr ConvertTo(Resolution& call, const DataType& type) {
  if (call.size() == 2) call.Decline(std::string(call.entry.name) + " with a pattern");
  const DataType& from = call.TypeOf(0);
  if (!from.IsStringLike() && !from.IsDateTime() && !from.Is(TypeId::kNull)) {
    call.Decline(std::string(call.entry.name) + " of type " + from.simple_string());
  }
  call.Cast(0, type);
  return call.arguments[0];
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

void ExpectUnit(const Resolution& call, size_t i) {
  const Value* unit = LiteralValue(*call.arguments[i]);
  if (unit == nullptr) call.Decline(std::string(call.entry.name) + " by a unit that is no literal");
}

TypedExpressionPtr TruncDate(Resolution& call) {
  call.Expect({DataType::Date(), InputType::String()});
  ExpectUnit(call, 1);
  return call.Give(DataType::Date(), true);
}

TypedExpressionPtr TruncTimestamp(Resolution& call) {
  call.Expect({InputType::String(), DataType::Timestamp()});
  ExpectUnit(call, 0);
  return call.Give(DataType::Timestamp(), true);
}

// The query's own time stands in the call as its only argument, so that the plan alone gives the value.
TypedExpressionPtr Clock(Resolution& call, const DataType& type) {
  if (call.environment == nullptr) return call.Give(type, false);
  call.arguments = {
      MakeTyped(Constant{Value{call.environment->QueryTimeMicros()}}, DataType::Timestamp(), false)};
  return call.Give(type, false);
}

TypedExpressionPtr MonthsBetween(Resolution& call) {
  call.Default(3, BooleanConstant(true));
  call.Expect({DataType::Timestamp(), DataType::Timestamp(), DataType::Boolean()});
  return call.Give(DataType::Double(), call.AnyNullable());
}

// The function behind each field of EXTRACT.
const std::map<std::string, std::string>& ExtractFields() {
  static const std::map<std::string, std::string> kFields = [] {
    std::map<std::string, std::string> fields;
    const auto add = [&](const char* function, std::initializer_list<const char*> names) {
      for (const char* name : names) fields.emplace(name, function);
    };
    add("year", {"YEAR", "Y", "YEARS", "YR", "YRS"});
    add("quarter", {"QUARTER", "QTR"});
    add("month", {"MONTH", "MON", "MONS", "MONTHS"});
    add("weekofyear", {"WEEK", "W", "WEEKS"});
    add("day", {"DAY", "D", "DAYS"});
    add("dayofweek", {"DAYOFWEEK", "DOW"});
    add("dayofyear", {"DOY"});
    add("hour", {"HOUR", "H", "HOURS", "HR", "HRS"});
    add("minute", {"MINUTE", "M", "MIN", "MINS", "MINUTES"});
    add("secondwithfraction", {"SECOND", "S", "SEC", "SECONDS", "SECS"});
    return fields;
  }();
  return kFields;
}

TypedExpressionPtr Extract(Resolution& call) {
  const Value* field = LiteralValue(*call.arguments[0]);
  if (field == nullptr || !std::holds_alternative<std::string>(field->data)) {
    call.Decline("extract of a field that is no literal");
  }
  const std::string name = Upper(field->As<std::string>());
  const TypedExpressionPtr& source = call.arguments[1];
  if (source->type.IsAnsiInterval() || source->type.Is(TypeId::kCalendarInterval)) {
    const bool days =
        source->type.Is(TypeId::kDayTimeInterval) && (name == "DAY" || name == "D" || name == "DAYS");
    if (days) return call.Resolve("extractansiintervaldays", {source});
    call.Decline("extract from intervals");
  }
  if (name == "DAYOFWEEK_ISO" || name == "DOW_ISO") {
    return call.Resolve("+", {call.Resolve("weekday", {source}), IntegerConstant(1)});
  }
  const auto found = ExtractFields().find(name);
  if (found == ExtractFields().end()) call.Decline("extract of the field " + field->As<std::string>());
  return call.Resolve(found->second, {source});
}

}  // namespace

std::vector<FunctionEntry> DateFunctions() {
  const DataType date = DataType::Date();
  const DataType integer = DataType::Integer();
  FunctionEntry fraction = ScalarFunction("secondwithfraction", 1, 1, SecondWithFraction);
  fraction.is_internal = true;
  return {
      ScalarFunction("year", 1, 1, DateField),
      ScalarFunction("quarter", 1, 1, DateField),
      ScalarFunction("month", 1, 1, DateField),
      ScalarFunction("day", 1, 1, DateField, {{"dayofmonth"}}),
      ScalarFunction("dayofweek", 1, 1, DateField),
      ScalarFunction("weekday", 1, 1, DateField),
      ScalarFunction("dayofyear", 1, 1, DateField),
      ScalarFunction("weekofyear", 1, 1, DateField),
      ScalarFunction("hour", 1, 1, TimeField),
      ScalarFunction("minute", 1, 1, TimeField),
      ScalarFunction("second", 1, 1, TimeField),
      std::move(fraction),
      ReplacedFunction("extract", 2, 2, Extract, {{"datepart"}}),
      ReplacedFunction("date_part", 2, 2, Extract),
      ScalarFunction("date_add", 2, 2, MoveDate, {{"dateadd", false}}),
      ScalarFunction("date_sub", 2, 2, MoveDate),
      ScalarFunction("datediff", 2, 2, Takes({date}, integer), {{"date_diff"}}),
      ScalarFunction("add_months", 2, 2, Takes({date, integer}, date)),
      ScalarFunction("months_between", 2, 3, MonthsBetween),
      ScalarFunction("last_day", 1, 1, Takes({date}, date)),
      ScalarFunction("trunc", 2, 2, TruncDate),
      ScalarFunction("date_trunc", 2, 2, TruncTimestamp),
      ScalarFunction("current_timestamp", 0, 0,
                     [](Resolution& call) { return Clock(call, DataType::Timestamp()); }, {{"now"}}),
      ScalarFunction("current_date", 0, 0, [](Resolution& call) { return Clock(call, DataType::Date()); },
                     {{"curdate", false}}),
      ScalarFunction("localtimestamp", 0, 0,
                     [](Resolution& call) { return Clock(call, DataType::TimestampNtz()); }),
      ScalarFunction("unix_date", 1, 1, Takes({date}, integer)),
      ScalarFunction("date_from_unix_date", 1, 1, Takes({integer}, date)),
      ReplacedFunction("to_date", 1, 2, [](Resolution& call) { return ConvertTo(call, DataType::Date()); }),
      ReplacedFunction("to_timestamp", 1, 2,
                       [](Resolution& call) { return ConvertTo(call, DataType::Timestamp()); }),
  };
}

}  // namespace hearth::spark
