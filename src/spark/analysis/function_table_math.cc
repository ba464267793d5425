// Numeric functions.
#include <algorithm>

#include "spark/analysis/function_table_rules.h"

namespace hearth::spark {
namespace {

// Unary functions of doubles, which Spark always calls nullable.
FunctionEntry OfDouble(std::string_view name, std::string_view shown_as,
                       std::vector<FunctionAlias> aliases = {}) {
  return ScalarFunction(name, 1, 1, Takes({DataType::Double()}, DataType::Double(), NullRule::kAlways),
                        std::move(aliases), shown_as);
}

TypedExpressionPtr Abs(Resolution& call) {
  if (call.TypeOf(0).IsStringLike() || call.TypeOf(0).Is(TypeId::kNull)) call.Cast(0, DataType::Double());
  const DataType& type = call.TypeOf(0);
  if (!type.IsNumeric() && !type.IsAnsiInterval()) {
    call.FailInput(0, InputType::OneOf(
                          {InputType::Numeric(), DataType::DayTimeInterval(), DataType::YearMonthInterval()})
                          .Text());
  }
  return call.Give(type, call.NullableAt(0));
}

// The type after rounding a decimal to `digits`: rounding may need one more digit before the point.
DataType RoundedDecimal(const DataType& type, int64_t digits) {
  const int integral = type.precision() - type.scale() + 1;
  if (digits < 0) {
    const int64_t precision = std::max<int64_t>(integral, -digits + 1);
    return DataType::Decimal(static_cast<int>(std::min<int64_t>(precision, DataType::kMaxPrecision)), 0);
  }
  const int scale = static_cast<int>(std::min<int64_t>(type.scale(), digits));
  return DataType::Decimal(std::min(integral + scale, DataType::kMaxPrecision), scale);
}

int64_t RoundingDigits(const Resolution& call) {
  const auto digits = ConstantInteger(*call.arguments[1]);
  if (!digits) call.Decline(std::string(call.entry.name) + " to a number of digits that is no literal");
  return *digits;
}

TypedExpressionPtr Round(Resolution& call) {
  call.Default(2, IntegerConstant(0));
  call.Expect({InputType::Numeric(), DataType::Integer()});
  const int64_t digits = RoundingDigits(call);
  const DataType type = call.TypeOf(0);
  return call.Give(type.Is(TypeId::kDecimal) ? RoundedDecimal(type, digits) : type, true);
}

// CEIL and FLOOR: of a double a BIGINT; of a decimal a decimal without fraction; with digits always a
// decimal.
TypedExpressionPtr CeilOrFloor(Resolution& call) {
  if (call.size() == 2) {
    call.Expect({InputType::Decimal(), DataType::Integer()});
    return call.Give(RoundedDecimal(call.TypeOf(0), RoundingDigits(call)), true);
  }
  call.Expect({InputType::OneOf({DataType::Double(), InputType::Decimal(), DataType::Long()})});
  const DataType type = call.TypeOf(0);
  if (!type.Is(TypeId::kDecimal)) return call.Give(DataType::Long(), true);
  if (type.scale() == 0) return call.Give(type, true);
  return call.Give(
      DataType::Decimal(std::min(type.precision() - type.scale() + 1, DataType::kMaxPrecision), 0), true);
}

TypedExpressionPtr Logarithm(Resolution& call) {
  if (call.size() == 1) call.arguments.insert(call.arguments.begin(), call.Resolve("e", {}));
  call.Expect({DataType::Double()});
  return call.Give(DataType::Double(), true);
}

// CEIL(x) but ceil(x, 2): Spark has two expressions here.
FunctionEntry CeilingFunction(std::string_view name, std::string_view shown_as,
                              std::vector<FunctionAlias> aliases) {
  return ScalarFunction(
      name, 1, 2,
      [shown_as](Resolution& call) {
        TypedExpressionPtr result = CeilOrFloor(call);
        if (call.size() == 2) return result;
        TypedExpression shown = *result;
        Call node = *shown.As<Call>();
        if (node.alias.empty()) node.alias = std::string(shown_as);
        shown.node = std::move(node);
        return std::make_shared<const TypedExpression>(std::move(shown));
      },
      std::move(aliases));
}

}  // namespace

std::vector<FunctionEntry> MathFunctions() {
  const DataType real = DataType::Double();
  return {
      ScalarFunction("abs", 1, 1, Abs),
      ScalarFunction("round", 1, 2, Round),
      ScalarFunction("bround", 1, 2, Round),
      CeilingFunction("ceil", "CEIL", {{"ceiling"}}),
      CeilingFunction("floor", "FLOOR", {}),
      OfDouble("signum", "SIGNUM", {{"sign"}}),
      OfDouble("sqrt", "SQRT"),
      OfDouble("cbrt", "CBRT"),
      OfDouble("exp", "EXP"),
      OfDouble("ln", "ln"),
      OfDouble("log10", "LOG10"),
      OfDouble("log2", "LOG2"),
      OfDouble("degrees", "DEGREES"),
      OfDouble("radians", "RADIANS"),
      OfDouble("rint", "rint"),
      ScalarFunction("log", 1, 2, Logarithm, {}, "LOG"),
      ScalarFunction("power", 2, 2, Takes({real}, real), {{"pow"}}, "POWER"),
      ScalarFunction("e", 0, 0, Takes({}, real, NullRule::kNever), {}, "E"),
      ScalarFunction("pi", 0, 0, Takes({}, real, NullRule::kNever), {}, "PI"),
  };
}

}  // namespace hearth::spark
