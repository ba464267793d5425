// Operators: arithmetic, comparison, boolean logic, bits, text matching.
#include <algorithm>

#include "base/check.h"
#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

const InputType& NumericOrInterval() {
  static const InputType type =
      InputType::OneOf({InputType::Numeric(), DataType::DayTimeInterval(), DataType::YearMonthInterval(),
                        DataType::CalendarInterval()});
  return type;
}

bool IsInterval(const DataType& type) { return type.IsAnsiInterval() || type.Is(TypeId::kCalendarInterval); }

// TypeCollection.NumericAndInterval accepts every interval, whatever its fields.
bool AcceptsNumericOrInterval(const DataType& type) { return type.IsNumeric() || IsInterval(type); }

bool IsFloating(const DataType& type) { return type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble); }

// DecimalType.fromLiteral: as many digits as the integer has.
DataType DecimalForLiteral(const Value& value) {
  return DataType::Decimal(DecimalDigits(__int128{value.As<int64_t>()}), 0);
}

// An integer beside a decimal becomes a decimal: a literal just wide enough, any other as wide as its type.
void MeetDecimal(Resolution& call, size_t integer) {
  const Value* value = LiteralValue(*call.arguments[integer]);
  const bool literal = value != nullptr && !value->IsNull() && !call.TypeOf(integer).Is(TypeId::kByte);
  call.Cast(integer, literal ? DecimalForLiteral(*value) : DecimalFor(call.TypeOf(integer)));
}

void MeetNumericTypes(Resolution& call) {
  const DataType l = call.TypeOf(0);
  const DataType r = call.TypeOf(1);
  if (l.Is(TypeId::kDecimal) == r.Is(TypeId::kDecimal)) return;
  const size_t other = l.Is(TypeId::kDecimal) ? 1 : 0;
  if (call.TypeOf(other).IsIntegral()) MeetDecimal(call, other);
  if (IsFloating(call.TypeOf(other))) call.Cast(1 - other, DataType::Double());
}

// A binary operator's coercion: strings become what the other side is, integers beside decimals become
// decimals, all else meets in the tightest common type, if the operator takes it.
template <typename Accepts>
void CoerceBinary(Resolution& call, Accepts accepts) {
  if (const auto promoted = StringPromotion(call.TypeOf(0), call.TypeOf(1))) call.CastAll(*promoted);
  MeetNumericTypes(call);
  if (call.TypeOf(0) == call.TypeOf(1)) return;
  const bool null = call.TypeOf(0).Is(TypeId::kNull) || call.TypeOf(1).Is(TypeId::kNull);
  const bool decimal = call.TypeOf(0).Is(TypeId::kDecimal) || call.TypeOf(1).Is(TypeId::kDecimal);
  if (decimal && !null) {
    // Float beside decimal: the decimal has become double, the float follows.
    return;
  }
  const auto common = TightestCommonType(call.TypeOf(0), call.TypeOf(1));
  if (common && accepts(*common)) call.CastAll(*common);
}

void CheckBinary(const Resolution& call, bool accepted, const std::string& required) {
  if (!SameType(call.TypeOf(0), call.TypeOf(1))) {
    call.Fail("BINARY_OP_DIFF_TYPES",
              {{"left", QuoteDouble(call.TypeOf(0).sql())}, {"right", QuoteDouble(call.TypeOf(1).sql())}});
  }
  if (!accepted) {
    call.Fail("BINARY_OP_WRONG_TYPE",
              {{"inputType", required}, {"actualDataType", QuoteDouble(call.TypeOf(0).sql())}});
  }
}

bool BothDecimal(const Resolution& call) {
  return call.TypeOf(0).Is(TypeId::kDecimal) && call.TypeOf(1).Is(TypeId::kDecimal);
}

// Arithmetic whose two sides have met: decimals keep their own types and give a third.
TypedExpressionPtr GiveArithmetic(Resolution& call, DecimalOperation operation, bool nullable) {
  if (BothDecimal(call)) {
    return call.Give(DecimalResult(operation, call.TypeOf(0), call.TypeOf(1)), nullable);
  }
  return call.Give(call.TypeOf(0), nullable);
}

void CheckArithmetic(const Resolution& call, bool intervals, const std::string& required) {
  if (BothDecimal(call)) return;
  const DataType& type = call.TypeOf(0);
  CheckBinary(call, intervals ? AcceptsNumericOrInterval(type) : type.IsNumeric(), required);
  if (type.Is(TypeId::kCalendarInterval)) call.Decline("arithmetic of calendar intervals");
}

DataType IntervalDay() { return DataType::DayTimeInterval(IntervalField::kDay, IntervalField::kDay); }

bool IsDays(const DataType& type) { return type == IntervalDay(); }

TypedExpressionPtr Negated(const Resolution& call, TypedExpressionPtr argument) {
  return call.Resolve("negative", {std::move(argument)});
}

bool IsTimestamp(const DataType& type) {
  return type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}

// A date or timestamp moved by an interval; null if the two are not that.
TypedExpressionPtr AddInterval(const Resolution& call, const TypedExpressionPtr& time,
                               const TypedExpressionPtr& interval) {
  const DataType& t = time->type;
  const DataType& i = interval->type;
  if (i.Is(TypeId::kCalendarInterval) && (t.IsDateTime() || t.IsStringLike())) {
    call.Decline("adding calendar intervals");
  }
  if (t.Is(TypeId::kDate)) {
    if (IsDays(i))
      return call.Resolve("date_add", {time, call.Resolve("extractansiintervaldays", {interval})});
    if (i.Is(TypeId::kDayTimeInterval)) {
      return call.Resolve("timestampaddinterval", {ImplicitCast(time, DataType::Timestamp()), interval});
    }
    if (i.Is(TypeId::kYearMonthInterval)) return call.Resolve("dateaddyminterval", {time, interval});
  }
  if (IsTimestamp(t)) {
    if (i.Is(TypeId::kYearMonthInterval)) return call.Resolve("timestampaddyminterval", {time, interval});
    if (i.Is(TypeId::kDayTimeInterval)) return call.Resolve("timestampaddinterval", {time, interval});
  }
  if (t.IsStringLike() && i.Is(TypeId::kDayTimeInterval)) call.Decline("adding an interval to a string");
  if (t.Is(TypeId::kDayTimeInterval) && i.Is(TypeId::kYearMonthInterval)) {
    call.Decline("adding intervals of different kinds");
  }
  return nullptr;
}

// Spark's BinaryArithmeticWithDatetimeResolver for +; null: plain addition.
TypedExpressionPtr AddDateTime(const Resolution& call) {
  const TypedExpressionPtr& l = call.arguments[0];
  const TypedExpressionPtr& r = call.arguments[1];
  if (auto moved = AddInterval(call, l, r)) return moved;
  if (auto moved = AddInterval(call, r, l)) return moved;
  if (l->type.Is(TypeId::kDate) && !r->type.IsStringLike()) return call.Resolve("date_add", {l, r});
  if (r->type.Is(TypeId::kDate) && !l->type.IsStringLike()) return call.Resolve("date_add", {r, l});
  return nullptr;
}

TypedExpressionPtr SubtractDateTime(const Resolution& call) {
  const TypedExpressionPtr& l = call.arguments[0];
  const TypedExpressionPtr& r = call.arguments[1];
  const DataType& lt = l->type;
  const DataType& rt = r->type;
  if (lt.Is(TypeId::kDate) && IsDays(rt)) {
    return call.Resolve("date_add", {l, Negated(call, call.Resolve("extractansiintervaldays", {r}))});
  }
  if (IsInterval(rt) && (lt.IsDateTime() || lt.IsStringLike())) return call.Resolve("datetimesub", {l, r});
  if (IsTimestamp(lt) || IsTimestamp(rt)) return call.Resolve("subtracttimestamps", {l, r});
  if (rt.Is(TypeId::kDate)) return call.Resolve("subtractdates", {l, r});
  if (lt.Is(TypeId::kDate) && !rt.IsStringLike()) return call.Resolve("date_sub", {l, r});
  return nullptr;
}

TypedExpressionPtr Add(Resolution& call) {
  if (auto moved = AddDateTime(call)) return moved;
  CoerceBinary(call, AcceptsNumericOrInterval);
  if (call.TypeOf(0).Is(TypeId::kDate)) return call.Resolve("date_add", call.arguments);
  CheckArithmetic(call, true, NumericOrInterval().Text());
  return GiveArithmetic(call, DecimalOperation::kAdd, call.AnyNullable());
}

TypedExpressionPtr Subtract(Resolution& call) {
  if (auto moved = SubtractDateTime(call)) return moved;
  CoerceBinary(call, AcceptsNumericOrInterval);
  if (call.TypeOf(0).Is(TypeId::kDate)) return call.Resolve("subtractdates", call.arguments);
  CheckArithmetic(call, true, NumericOrInterval().Text());
  return GiveArithmetic(call, DecimalOperation::kSubtract, call.AnyNullable());
}

void DeclineIntervals(const Resolution& call) {
  if (IsInterval(call.TypeOf(0)) || IsInterval(call.TypeOf(1))) {
    call.Decline("multiplication and division of intervals");
  }
}

bool IsNumber(const DataType& type) { return type.IsNumeric(); }

TypedExpressionPtr Multiply(Resolution& call) {
  DeclineIntervals(call);
  CoerceBinary(call, IsNumber);
  CheckArithmetic(call, false, InputType::Numeric().Text());
  return GiveArithmetic(call, DecimalOperation::kMultiply, call.AnyNullable());
}

TypedExpressionPtr Divide(Resolution& call) {
  DeclineIntervals(call);
  CoerceBinary(call, IsNumber);
  const auto number = [&](size_t i) {
    return call.TypeOf(i).IsNumeric() || call.TypeOf(i).Is(TypeId::kNull);
  };
  if (!BothDecimal(call)) {
    if (number(0) && number(1)) call.CastAll(DataType::Double());
    CheckBinary(call, call.TypeOf(0).Is(TypeId::kDouble), "(\"DOUBLE\" or \"DECIMAL\")");
  }
  return GiveArithmetic(call, DecimalOperation::kDivide, true);
}

TypedExpressionPtr Remainder(Resolution& call) {
  CoerceBinary(call, IsNumber);
  CheckArithmetic(call, false, InputType::Numeric().Text());
  return GiveArithmetic(call, DecimalOperation::kRemainder, true);
}

TypedExpressionPtr IntegralDivide(Resolution& call) {
  DeclineIntervals(call);
  if (const auto promoted = StringPromotion(call.TypeOf(0), call.TypeOf(1))) call.CastAll(*promoted);
  MeetNumericTypes(call);
  for (size_t i = 0; i < 2; ++i) {
    if (call.TypeOf(i).IsIntegral()) call.Cast(i, DataType::Long());
  }
  if (!BothDecimal(call)) {
    const auto common = TightestCommonType(call.TypeOf(0), call.TypeOf(1));
    if (common && (common->Is(TypeId::kLong) || common->Is(TypeId::kDecimal))) call.CastAll(*common);
    const bool accepted = call.TypeOf(0).Is(TypeId::kLong) || call.TypeOf(0).Is(TypeId::kDecimal);
    CheckBinary(call, accepted,
                "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")");
  }
  return call.Give(DataType::Long(), true);
}

// int_column > 1.5 becomes int_column > 1: Spark compares with the literal's floor or ceiling. Null: not this
// case.
TypedExpressionPtr CompareWithDecimalLiteral(const Resolution& call) {
  const std::string_view name = call.entry.name;
  if (name == "==" || name == "<=>") return nullptr;
  const auto literal = [&](size_t i) {
    const Value* value = LiteralValue(*call.arguments[i]);
    return value != nullptr && !value->IsNull() && call.TypeOf(i).Is(TypeId::kDecimal);
  };
  const size_t at = literal(1) ? 1 : 0;
  if (!literal(at) || !call.TypeOf(1 - at).IsIntegral()) return nullptr;

  __int128 power = 1;
  for (int i = 0; i < call.TypeOf(at).scale(); ++i) power *= 10;
  const __int128 unscaled = LiteralValue(*call.arguments[at])->As<Decimal>().unscaled;
  __int128 floor = unscaled / power;
  if (unscaled % power < 0) --floor;
  const __int128 ceiling = unscaled % power == 0 ? floor : floor + 1;

  const bool literal_right = at == 1;
  const bool greater = name[0] == '>';
  // Whether the integer side is asked to be the larger one.
  const bool integer_larger = greater == literal_right;
  if (unscaled < __int128{INT64_MIN} * power) return BooleanConstant(integer_larger);
  if (unscaled > __int128{INT64_MAX} * power) return BooleanConstant(!integer_larger);
  const bool or_equal = name.size() == 2;
  const __int128 bound = integer_larger == or_equal ? ceiling : floor;
  TypedExpressionList sides = call.arguments;
  sides[at] = MakeTyped(Constant{Value{static_cast<int64_t>(bound)}}, DataType::Long(), false);
  return call.Resolve(std::string(name), std::move(sides));
}

bool IsOrderable(const DataType& type) {
  switch (type.id()) {
    case TypeId::kMap:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval: return false;
    case TypeId::kArray: return IsOrderable(type.element());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return IsOrderable(field.type); });
    default: return true;
  }
}

TypedExpressionPtr Compare(Resolution& call) {
  if (auto compared = CompareWithDecimalLiteral(call)) return compared;
  CoerceBinary(call, [](const DataType&) { return true; });
  if (BothDecimal(call)) call.CastAll(WiderDecimal(call.TypeOf(0), call.TypeOf(1)));
  if (!SameType(call.TypeOf(0), call.TypeOf(1))) {
    // A float and the double that a decimal became meet once more.
    const auto common = TightestCommonType(call.TypeOf(0), call.TypeOf(1));
    if (common) call.CastAll(*common);
  }
  CheckBinary(call, true, "");
  const DataType& type = call.TypeOf(0);
  if (!IsOrderable(type)) {
    const std::string symbol = call.entry.name == "==" ? "=" : std::string(call.entry.name);
    call.Fail("INVALID_ORDERING_TYPE",
              {{"functionName", QuoteIdentifier(symbol)}, {"dataType", QuoteDouble(type.sql())}});
  }
  if (type.IsNested()) call.Decline("comparing values of type " + type.simple_string());
  return call.Give(DataType::Boolean(), call.entry.name != "<=>" && call.AnyNullable());
}

TypedExpressionPtr NotEqual(Resolution& call) {
  return call.Resolve("not", {call.Resolve("==", call.arguments)});
}

TypedExpressionPtr Logic(Resolution& call) {
  CoerceBinary(call, [](const DataType& type) { return type.Is(TypeId::kBoolean); });
  if (call.TypeOf(0).Is(TypeId::kNull) && call.TypeOf(1).Is(TypeId::kNull)) call.CastAll(DataType::Boolean());
  CheckBinary(call, call.TypeOf(0).Is(TypeId::kBoolean), QuoteDouble("BOOLEAN"));
  return call.Give(DataType::Boolean(), call.AnyNullable());
}

TypedExpressionPtr Bits(Resolution& call) {
  CoerceBinary(call, [](const DataType& type) { return type.IsIntegral(); });
  CheckBinary(call, call.TypeOf(0).IsIntegral(), InputType::Integral().Text());
  return call.Give(call.TypeOf(0), call.AnyNullable());
}

TypedExpressionPtr Sign(Resolution& call) {
  if (call.TypeOf(0).IsStringLike() || call.TypeOf(0).Is(TypeId::kNull)) call.Cast(0, DataType::Double());
  if (call.TypeOf(0).Is(TypeId::kCalendarInterval)) call.Decline("arithmetic of calendar intervals");
  if (!AcceptsNumericOrInterval(call.TypeOf(0))) call.FailInput(0, NumericOrInterval().Text());
  return call.Give(call.TypeOf(0), call.NullableAt(0));
}

TypedExpressionPtr In(Resolution& call) {
  const DataType first = call.TypeOf(0);
  const bool differ = std::any_of(call.arguments.begin(), call.arguments.end(),
                                  [&](const auto& argument) { return argument->type != first; });
  if (differ) Merge(call, true, true);
  if (!IsOrderable(call.TypeOf(0))) {
    call.Fail("INVALID_ORDERING_TYPE",
              {{"functionName", "`in`"}, {"dataType", QuoteDouble(call.TypeOf(0).sql())}});
  }
  if (call.TypeOf(0).IsNested()) call.Decline("IN over values of type " + call.TypeOf(0).simple_string());
  return call.Give(DataType::Boolean(), call.AnyNullable());
}

TypedExpressionPtr Between(Resolution& call) {
  const TypedExpressionList& given = call.arguments;
  return call.Resolve("and",
                      {call.Resolve(">=", {given[0], given[1]}), call.Resolve("<=", {given[0], given[2]})});
}

TypedExpressionPtr DateTimeSub(Resolution& call) {
  const TypedExpressionPtr moved = AddInterval(call, call.arguments[0], Negated(call, call.arguments[1]));
  HEARTH_CHECK(moved != nullptr);
  return moved;
}

TypedExpressionPtr SubtractDates(Resolution& call) {
  call.Expect({DataType::Date()});
  return call.Give(IntervalDay(), call.AnyNullable());
}

TypedExpressionPtr SubtractTimestamps(Resolution& call) {
  const auto l = call.TypeOf(0);
  const auto r = call.TypeOf(1);
  if (IsTimestamp(l) && !IsTimestamp(r)) call.Cast(1, l);
  if (IsTimestamp(r) && !IsTimestamp(l)) call.Cast(0, r);
  if (IsTimestamp(l) && IsTimestamp(r) && l != r) call.CastAll(DataType::TimestampNtz());
  return call.Give(DataType::DayTimeInterval(), call.AnyNullable());
}

FunctionEntry WithSymbol(FunctionEntry entry) {
  entry.has_symbol = true;
  return entry;
}

FunctionEntry InternalFunction(FunctionEntry entry) {
  entry.is_internal = true;
  return entry;
}

// The result keeps the type of the moved date or timestamp.
TypedExpressionPtr Moved(Resolution& call) { return call.Give(call.TypeOf(0), call.AnyNullable()); }

}  // namespace

std::vector<FunctionEntry> OperatorFunctions() {
  const DataType boolean = DataType::Boolean();
  const InputType text = InputType::String();
  const InputType bits = InputType::OneOf({DataType::Integer(), DataType::Long()});
  return {
      ScalarFunction("+", 2, 2, Add),
      ScalarFunction("-", 2, 2, Subtract),
      ScalarFunction("*", 2, 2, Multiply),
      ScalarFunction("/", 2, 2, Divide),
      ScalarFunction("%", 2, 2, Remainder, {{"mod"}}),
      ScalarFunction("pmod", 2, 2, Remainder),
      ScalarFunction("div", 2, 2, IntegralDivide),
      WithSymbol(ScalarFunction("negative", 1, 1, Sign)),
      ScalarFunction("positive", 1, 1, Sign),
      ScalarFunction("==", 2, 2, Compare, {{"=", false}}),
      ScalarFunction("<=>", 2, 2, Compare),
      ReplacedFunction("equal_null", 2, 2,
                       [](Resolution& call) { return call.Resolve("<=>", call.arguments); }),
      ScalarFunction("!=", 2, 2, NotEqual, {{"<>", false}}),
      ScalarFunction("<", 2, 2, Compare),
      ScalarFunction("<=", 2, 2, Compare),
      ScalarFunction(">", 2, 2, Compare),
      ScalarFunction(">=", 2, 2, Compare),
      ScalarFunction("and", 2, 2, Logic),
      ScalarFunction("or", 2, 2, Logic),
      ScalarFunction("not", 1, 1, Takes({boolean}, boolean), {{"!", false}}),
      ScalarFunction("isnull", 1, 1, Takes({InputType::Any()}, boolean, NullRule::kNever),
                     {{"isunknown", false}}),
      ScalarFunction("isnotnull", 1, 1, Takes({InputType::Any()}, boolean, NullRule::kNever),
                     {{"isnotunknown", false}}),
      ScalarFunction("in", 1, FunctionEntry::kUnlimited, In),
      ReplacedFunction("between", 3, 3, Between),
      ScalarFunction("like", 2, 3, Takes({text}, boolean)),
      ScalarFunction("&", 2, 2, Bits),
      ScalarFunction("|", 2, 2, Bits),
      ScalarFunction("^", 2, 2, Bits),
      ScalarFunction("~", 1, 1, TakesAndKeeps({InputType::Integral()}, 0)),
      ScalarFunction("shiftright", 2, 2, TakesAndKeeps({bits, DataType::Integer()}, 0), {{">>"}}),
      InternalFunction(ScalarFunction("dateaddyminterval", 2, 2, Moved)),
      InternalFunction(ScalarFunction("timestampaddyminterval", 2, 2, Moved)),
      InternalFunction(ScalarFunction("timestampaddinterval", 2, 2, Moved)),
      InternalFunction(ReplacedFunction("datetimesub", 2, 2, DateTimeSub)),
      InternalFunction(ScalarFunction("subtractdates", 2, 2, SubtractDates)),
      InternalFunction(ScalarFunction("subtracttimestamps", 2, 2, SubtractTimestamps)),
      InternalFunction(ScalarFunction(
          "extractansiintervaldays", 1, 1,
          [](Resolution& call) { return call.Give(DataType::Integer(), call.AnyNullable()); })),
  };
}

}  // namespace hearth::spark
