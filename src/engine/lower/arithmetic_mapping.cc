#include "engine/lower/arithmetic_mapping.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "engine/functions/variants.h"
#include "engine/lower/cast_printer.h"
#include "engine/lower/literal.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::Call;
using spark::DataType;
using spark::TypedExpression;
using spark::TypeId;
using Id = DuckType::Id;
using Printer = ExpressionPrinter;

DuckType Double() { return DuckType(Id::kDouble); }

// The decimal type that holds what is printed, as functions/variants.h wants it.
DataType DecimalOf(const Fragment& value) {
  return DataType::Decimal(value.type.width(), value.type.scale());
}

bool IsDecimalCall(const Call& call) { return call.arguments[0]->type.Is(TypeId::kDecimal); }

// The value of a numeric literal, seen through casts, when it is an exact small integer or decimal; for "is
// it zero".
bool IsNonZeroLiteral(const TypedExpression& expression) {
  if (const auto* cast = expression.As<spark::CastTo>()) return IsNonZeroLiteral(*cast->child);
  const auto* constant = expression.As<spark::Constant>();
  if (constant == nullptr) return false;
  if (const auto* integer = std::get_if<int64_t>(&constant->value.data)) return *integer != 0;
  if (const auto* real = std::get_if<double>(&constant->value.data)) return *real != 0;
  return false;
}

// ... and not minus one, whose division overflows for the smallest integer.
bool IsSafeIntegerDivisor(const TypedExpression& expression) {
  if (const auto* cast = expression.As<spark::CastTo>()) {
    return cast->child->type.IsIntegral() && IsSafeIntegerDivisor(*cast->child);
  }
  const auto* constant = expression.As<spark::Constant>();
  if (constant == nullptr || !expression.type.IsIntegral()) return false;
  const auto* integer = std::get_if<int64_t>(&constant->value.data);
  return integer != nullptr && *integer != 0 && *integer != -1;
}

// DuckDB's own result type of adding or multiplying decimals; null when it has none.
std::optional<DuckType> NativeDecimal(DecimalArithmetic operation, const DuckType& l, const DuckType& r) {
  if (operation == DecimalArithmetic::kMultiply) {
    const int scale = l.scale() + r.scale();
    if (scale > 38) return std::nullopt;
    return DuckType::Decimal(std::min(38, l.width() + r.width()), scale);
  }
  const int scale = std::max(l.scale(), r.scale());
  const int integral = std::max(l.width() - l.scale(), r.width() - r.scale());
  return DuckType::Decimal(std::min(38, std::max({scale + integral, l.width(), r.width()}) + 1), scale);
}

// Whether the native result may be too small for the exact one.
bool MayOverflow(DecimalArithmetic operation, const DuckType& l, const DuckType& r) {
  if (operation == DecimalArithmetic::kMultiply) return l.width() + r.width() > 38;
  const int integral = std::max(l.width() - l.scale(), r.width() - r.scale());
  return std::max(l.scale(), r.scale()) + integral + 1 > 38;
}

Fragment VariantArithmetic(Printer& printer, DecimalArithmetic operation, const Fragment& l,
                           const Fragment& r, const TypedExpression& whole) {
  const std::string name =
      DecimalArithmeticVariant(operation, DecimalOf(l), DecimalOf(r), whole.type, OnError::kRaise);
  return printer.RaisingCall(name, {l, r}, DuckType::For(whole.type), whole.origin);
}

Fragment DecimalSumOrProduct(Printer& printer, const TypedExpression& whole, const Call& call,
                             DecimalArithmetic operation, const char* symbol) {
  const Fragment l = printer.Print(*call.arguments[0]);
  const Fragment r = printer.Print(*call.arguments[1]);
  const auto native = NativeDecimal(operation, l.type, r.type);
  const bool same_scale = native && native->scale() == whole.type.scale();
  // In kFast DuckDB raises when 38 digits are exceeded, and so does Spark.
  if (same_scale && (!MayOverflow(operation, l.type, r.type) || !printer.lowering().exact())) {
    return Printer::Infix(l, symbol, r, *native);
  }
  return VariantArithmetic(printer, operation, l, r, whole);
}

Fragment IntegerArithmetic(Printer& printer, const TypedExpression& whole, const Call& call,
                           const char* function, const char* symbol) {
  const DuckType type = DuckType::For(whole.type);
  const Fragment l = printer.PrintStored(*call.arguments[0]);
  const Fragment r = printer.PrintStored(*call.arguments[1]);
  const bool real = whole.type.Is(TypeId::kFloat) || whole.type.Is(TypeId::kDouble);
  if (real || !printer.lowering().exact()) return Printer::Infix(l, symbol, r, type);
  if (whole.type.IsAnsiInterval())
    throw spark::Error::Decline("overflowing arithmetic of intervals", whole.origin);
  return printer.RaisingCall(function, {l, r}, type, whole.origin);
}

Fragment Bits(Printer& printer, const TypedExpression& whole, const Call& call, const char* symbol) {
  return Printer::Infix(printer.PrintStored(*call.arguments[0]), symbol,
                        printer.PrintStored(*call.arguments[1]), DuckType::For(whole.type));
}

Fragment OfDouble(Printer& printer, const Call& call, const char* function) {
  return printer.CallOf(function, {printer.PrintStored(*call.arguments[0])}, Double());
}

// CASE WHEN x > bound THEN f(x) END: Spark gives NULL where the logarithm has no value; NaN is above every
// bound.
Fragment LogarithmAbove(Printer& printer, const Fragment& value, const char* function) {
  const Fragment result = printer.CallOf(function, {value}, Double());
  Fragment out{"(CASE WHEN " + value.sql + " > 0 THEN " + result.sql + " ELSE NULL END)", Double()};
  Inherit(&out, value);
  return out;
}

Fragment Logarithm(Printer& printer, const Call& call, const char* function) {
  return LogarithmAbove(printer, printer.PrintStored(*call.arguments[0]), function);
}

int RoundingDigits(const Call& call) {
  if (call.arguments.size() == 1) return 0;
  const spark::TypedExpression* digits = call.arguments[1].get();
  int sign = 1;
  while (digits->As<spark::Constant>() == nullptr) {
    if (const auto* cast = digits->As<spark::CastTo>()) {
      digits = cast->child.get();
      continue;
    }
    const auto* negative = digits->As<Call>();
    HEARTH_CHECK(negative != nullptr && negative->function == "negative");
    digits = negative->arguments[0].get();
    sign = -sign;
  }
  const auto* value = std::get_if<int64_t>(&digits->As<spark::Constant>()->value.data);
  if (value == nullptr || std::abs(*value) > 400) throw spark::Error::Decline("rounding to so many digits");
  return sign * static_cast<int>(*value);
}

Fragment DecimalRounded(Printer& printer, const TypedExpression& whole, const Call& call,
                        DecimalRounding rounding) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const std::string name = DecimalRoundingVariant(rounding, call.arguments[0]->type, RoundingDigits(call),
                                                  whole.type, OnError::kRaise);
  return printer.RaisingCall(name, {value}, DuckType::For(whole.type), whole.origin);
}

Fragment CeilOrFloor(Printer& printer, const TypedExpression& whole, const Call& call,
                     DecimalRounding rounding, const char* function) {
  if (whole.type.Is(TypeId::kDecimal)) return DecimalRounded(printer, whole, call, rounding);
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  if (call.arguments[0]->type.Is(TypeId::kLong)) return value;
  return printer.CallOf(function, {value}, DuckType(Id::kBigint));
}

Fragment Remainder(Printer& printer, const TypedExpression& whole, const Call& call,
                   DecimalArithmetic operation, const char* function) {
  if (IsDecimalCall(call)) {
    return VariantArithmetic(printer, operation, printer.Print(*call.arguments[0]),
                             printer.Print(*call.arguments[1]), whole);
  }
  const DuckType type = DuckType::For(whole.type);
  const Fragment l = printer.PrintStored(*call.arguments[0]);
  const Fragment r = printer.PrintStored(*call.arguments[1]);
  if (operation == DecimalArithmetic::kRemainder && IsSafeIntegerDivisor(*call.arguments[1])) {
    return Printer::Infix(l, "%", r, type);
  }
  return printer.RaisingCall(function, {l, r}, type, whole.origin);
}

// Scala's BigDecimal computes a sign in 34 digits; DuckDB's minus and abs keep them all.
bool IsRoundedBySign(const DuckType& type) {
  constexpr int kContextDigits = 34;
  return type.id() == Id::kDecimal && type.width() > kContextDigits;
}

Fragment SignOfWideDecimal(Printer& printer, const TypedExpression& whole, const Fragment& value,
                           bool is_abs) {
  return printer.RaisingCall(DecimalNegateVariant(is_abs, whole.type, OnError::kRaise),
                             {Printer::Widen(value, DuckType::For(whole.type))}, DuckType::For(whole.type),
                             whole.origin);
}

}  // namespace

Fragment MapAdd(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (IsDecimalCall(call)) return DecimalSumOrProduct(printer, whole, call, DecimalArithmetic::kAdd, "+");
  return IntegerArithmetic(printer, whole, call, "hearth_add", "+");
}

Fragment MapSubtract(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (IsDecimalCall(call))
    return DecimalSumOrProduct(printer, whole, call, DecimalArithmetic::kSubtract, "-");
  return IntegerArithmetic(printer, whole, call, "hearth_subtract", "-");
}

Fragment MapMultiply(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (IsDecimalCall(call))
    return DecimalSumOrProduct(printer, whole, call, DecimalArithmetic::kMultiply, "*");
  return IntegerArithmetic(printer, whole, call, "hearth_multiply", "*");
}

Fragment MapDivide(Printer& printer, const TypedExpression& whole, const Call& call) {
  if (IsDecimalCall(call)) {
    return VariantArithmetic(printer, DecimalArithmetic::kDivide, printer.Print(*call.arguments[0]),
                             printer.Print(*call.arguments[1]), whole);
  }
  const Fragment l = printer.PrintStored(*call.arguments[0]);
  const Fragment r = printer.PrintStored(*call.arguments[1]);
  if (IsNonZeroLiteral(*call.arguments[1])) return Printer::Infix(l, "/", r, Double());
  return printer.RaisingCall("hearth_divide", {l, r}, Double(), whole.origin);
}

Fragment MapIntegralDivide(Printer& printer, const TypedExpression& whole, const Call& call) {
  const DuckType type(Id::kBigint);
  if (IsDecimalCall(call)) {
    const Fragment l = printer.Print(*call.arguments[0]);
    const Fragment r = printer.Print(*call.arguments[1]);
    return printer.RaisingCall(DecimalIntegralDivideVariant(DecimalOf(l), DecimalOf(r), OnError::kRaise),
                               {l, r}, type, whole.origin);
  }
  const Fragment l = printer.PrintStored(*call.arguments[0]);
  const Fragment r = printer.PrintStored(*call.arguments[1]);
  if (IsSafeIntegerDivisor(*call.arguments[1])) return Printer::Infix(l, "//", r, type);
  return printer.RaisingCall("hearth_integral_divide", {l, r}, type, whole.origin);
}

Fragment MapRemainder(Printer& printer, const TypedExpression& whole, const Call& call) {
  return Remainder(printer, whole, call, DecimalArithmetic::kRemainder, "hearth_remainder");
}

Fragment MapPmod(Printer& printer, const TypedExpression& whole, const Call& call) {
  return Remainder(printer, whole, call, DecimalArithmetic::kPmod, "hearth_pmod");
}

Fragment MapNegative(Printer& printer, const TypedExpression& whole, const Call& call) {
  const bool integral = whole.type.IsIntegral();
  const Fragment value = whole.type.Is(TypeId::kDecimal) ? printer.Print(*call.arguments[0])
                                                         : printer.PrintStored(*call.arguments[0]);
  if (integral && printer.lowering().exact()) {
    return printer.RaisingCall("hearth_negate", {value}, value.type, whole.origin);
  }
  if (IsRoundedBySign(value.type)) return SignOfWideDecimal(printer, whole, value, /*is_abs=*/false);
  Fragment out{"(- " + value.sql + ")", value.type};
  Inherit(&out, value);
  return out;
}

Fragment MapPositive(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.Print(*call.arguments[0]);
}

Fragment MapAbs(Printer& printer, const TypedExpression& whole, const Call& call) {
  const Fragment value = whole.type.Is(TypeId::kDecimal) ? printer.Print(*call.arguments[0])
                                                         : printer.PrintStored(*call.arguments[0]);
  if (whole.type.IsIntegral() && printer.lowering().exact()) {
    return printer.RaisingCall("hearth_abs", {value}, value.type, whole.origin);
  }
  if (IsRoundedBySign(value.type)) return SignOfWideDecimal(printer, whole, value, /*is_abs=*/true);
  return printer.CallOf("abs", {value}, value.type);
}

Fragment MapRound(Printer& printer, const TypedExpression& whole, const Call& call) {
  const bool half_even = call.function == "bround";
  if (whole.type.Is(TypeId::kDecimal)) {
    return DecimalRounded(printer, whole, call,
                          half_even ? DecimalRounding::kHalfEven : DecimalRounding::kHalfUp);
  }
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const int digits = RoundingDigits(call);
  if (whole.type.IsIntegral() && digits >= 0) return value;
  const std::string function = half_even ? "hearth_bround" : "hearth_round";
  const std::vector<Fragment> arguments = {value, IntegerLiteral(digits, Id::kInteger)};
  if (whole.type.IsIntegral()) return printer.RaisingCall(function, arguments, value.type, whole.origin);
  return printer.CallOf(function, arguments, value.type);
}

Fragment MapCeil(Printer& printer, const TypedExpression& whole, const Call& call) {
  return CeilOrFloor(printer, whole, call, DecimalRounding::kCeiling, "hearth_ceil");
}

Fragment MapFloor(Printer& printer, const TypedExpression& whole, const Call& call) {
  return CeilOrFloor(printer, whole, call, DecimalRounding::kFloor, "hearth_floor");
}

Fragment MapBitAnd(Printer& printer, const TypedExpression& whole, const Call& call) {
  return Bits(printer, whole, call, "&");
}

Fragment MapBitOr(Printer& printer, const TypedExpression& whole, const Call& call) {
  return Bits(printer, whole, call, "|");
}

Fragment MapBitXor(Printer& printer, const TypedExpression& whole, const Call& call) {
  return printer.CallOf("xor",
                        {printer.PrintStored(*call.arguments[0]), printer.PrintStored(*call.arguments[1])},
                        DuckType::For(whole.type));
}

Fragment MapBitNot(Printer& printer, const TypedExpression& whole, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  Fragment out{"(~ " + value.sql + ")", DuckType::For(whole.type)};
  Inherit(&out, value);
  return out;
}

// Java takes the distance modulo the width.
Fragment MapShiftRight(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const Fragment distance = printer.PrintStored(*call.arguments[1]);
  const Fragment mask = IntegerLiteral(call.arguments[0]->type.Is(TypeId::kLong) ? 63 : 31, Id::kInteger);
  const Fragment masked = Printer::Infix(distance, "&", mask, distance.type);
  return Printer::Infix(value, ">>", Printer::Widen(masked, value.type), value.type);
}

// Math.signum keeps NaN and the sign of zero.
Fragment MapSignum(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const Fragment sign = Printer::Widen(printer.CallOf("sign", {value}, DuckType(Id::kTinyint)), Double());
  Fragment out{"(CASE WHEN " + value.sql + " = 0 OR isnan(" + value.sql + ") THEN " + value.sql + " ELSE " +
                   sign.sql + " END)",
               Double()};
  Inherit(&out, value);
  return out;
}

// Java's square root of a negative number is NaN; DuckDB raises.
Fragment MapSqrt(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment value = printer.PrintStored(*call.arguments[0]);
  const Fragment root = printer.CallOf("sqrt", {value}, Double());
  Fragment out{"(CASE WHEN " + value.sql + " < 0 THEN CAST('nan' AS DOUBLE) ELSE " + root.sql + " END)",
               Double()};
  Inherit(&out, value);
  return out;
}

Fragment MapCbrt(Printer& printer, const TypedExpression&, const Call& call) {
  return OfDouble(printer, call, "hearth_cbrt");
}
Fragment MapExp(Printer& printer, const TypedExpression&, const Call& call) {
  return OfDouble(printer, call, "hearth_exp");
}
Fragment MapLn(Printer& printer, const TypedExpression&, const Call& call) {
  return Logarithm(printer, call, "hearth_log");
}

// Spark divides natural logarithms.
Fragment MapLog2(Printer& printer, const TypedExpression&, const Call& call) {
  constexpr double kLogOf2 = 0.6931471805599453;
  return Printer::Infix(Logarithm(printer, call, "hearth_log"), "/",
                        PrintConstant(spark::Value{kLogOf2}, DataType::Double()), Double());
}

Fragment MapLog10(Printer& printer, const TypedExpression&, const Call& call) {
  return Logarithm(printer, call, "hearth_log10");
}

// ln(value) / ln(base), NULL when either has no logarithm; a base of 1 divides by zero as doubles do.
Fragment MapLog(Printer& printer, const TypedExpression&, const Call& call) {
  const Fragment base = LogarithmAbove(printer, printer.PrintStored(*call.arguments[0]), "hearth_log");
  const Fragment value = LogarithmAbove(printer, printer.PrintStored(*call.arguments[1]), "hearth_log");
  return Printer::Infix(value, "/", base, Double());
}

Fragment MapPower(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.CallOf("hearth_pow",
                        {printer.PrintStored(*call.arguments[0]), printer.PrintStored(*call.arguments[1])},
                        Double());
}

Fragment MapDegrees(Printer& printer, const TypedExpression&, const Call& call) {
  return OfDouble(printer, call, "degrees");
}
Fragment MapRadians(Printer& printer, const TypedExpression&, const Call& call) {
  return OfDouble(printer, call, "radians");
}

Fragment MapRint(Printer& printer, const TypedExpression&, const Call& call) {
  return printer.CallOf("round_even",
                        {printer.PrintStored(*call.arguments[0]), IntegerLiteral(0, Id::kInteger)}, Double());
}

Fragment MapE(Printer&, const TypedExpression&, const Call&) {
  return PrintConstant(spark::Value{2.718281828459045}, DataType::Double());
}

Fragment MapPi(Printer&, const TypedExpression&, const Call&) {
  return PrintConstant(spark::Value{3.141592653589793}, DataType::Double());
}

}  // namespace hearth::engine
