#include "engine/lower/cast_printer.h"

#include "base/check.h"
#include "engine/functions/text_parsing.h"
#include "engine/functions/variants.h"
#include "engine/lower/literal.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::CastMode;
using spark::DataType;
using spark::TypeId;

using Id = DuckType::Id;

// One cast being printed.
struct CastJob {
  ExpressionPrinter& printer;
  const DataType& from;
  const DataType& to;
  CastMode mode;
  const spark::OriginPtr& origin;

  bool is_try() const { return mode == CastMode::kTry; }
  bool exact() const { return printer.lowering().exact(); }
  OnError on_error() const { return is_try() ? OnError::kTry : OnError::kRaise; }
  DuckType stored() const { return DuckType::For(to); }

  [[noreturn]] void Decline() const {
    throw spark::Error::Decline("the cast of " + from.simple_string() + " to " + to.simple_string(), origin);
  }
  // hearth_<name>(value..., site), or its try twin.
  Fragment Raise(const std::string& name, std::vector<Fragment> values) const {
    if (is_try()) return printer.CallOf("hearth_try_" + name, values, stored());
    return printer.RaisingCall("hearth_" + name, std::move(values), stored(), origin);
  }
  Fragment RaiseVariant(const std::string& name, std::vector<Fragment> values) const {
    if (is_try()) return printer.CallOf(name, values, stored());
    return printer.RaisingCall(name, std::move(values), stored(), origin);
  }
  // DuckDB's own cast, which raises exactly where Spark's does, but with another error.
  bool MayRaiseNatively() const { return !exact() && !is_try(); }
};

Fragment RawCast(const Fragment& value, const DuckType& type) {
  Fragment out{"CAST(" + value.sql + " AS " + type.text() + ")", type};
  Inherit(&out, value);
  out.form =
      value.form == Fragment::Form::kConstant ? Fragment::Form::kConstant : Fragment::Form::kExpression;
  return out;
}

// When this raises, the query runs again in kExact: it needs no protection here.
Fragment NativeCast(const CastJob& job, const Fragment& value) { return RawCast(value, job.stored()); }

std::string IntegerFunction(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte: return "to_byte";
    case TypeId::kShort: return "to_short";
    case TypeId::kInteger: return "to_int";
    default: return "to_long";
  }
}

Fragment Zone(const CastJob& job) { return TextLiteral(job.printer.lowering().time_zone()); }

Fragment WallClock(const CastJob& job, const Fragment& instant) {
  return job.printer.CallOf("hearth_wall_clock", {instant, Zone(job)}, DuckType(Id::kTimestamp));
}

Fragment IsNotZero(const Fragment& value) {
  return ExpressionPrinter::Infix(value, "<>", Fragment{"0", DuckType(Id::kInteger)}, DuckType(Id::kBoolean));
}

// An integer that every value of the decimal type contains, seen as BIGINT.
Fragment IntegerToDecimal(const CastJob& job, const Fragment& value) {
  const int digits = job.to.precision() - job.to.scale();
  const int needed = job.from.Is(TypeId::kByte)      ? 3
                     : job.from.Is(TypeId::kShort)   ? 5
                     : job.from.Is(TypeId::kInteger) ? 10
                                                     : 19;
  if (digits >= needed) return ExpressionPrinter::Widen(value, job.stored());
  if (job.MayRaiseNatively()) return NativeCast(job, value);
  return job.RaiseVariant(DecimalFromVariant(DecimalSource::kLong, job.to, job.on_error()),
                          {ExpressionPrinter::Widen(value, DuckType(Id::kBigint))});
}

Fragment FromInteger(const CastJob& job, const Fragment& value) {
  const DataType& to = job.to;
  if (to.IsIntegral()) {
    if (to.id() >= job.from.id()) return ExpressionPrinter::Widen(value, job.stored());
    return job.MayRaiseNatively() ? NativeCast(job, value) : job.Raise(IntegerFunction(to), {value});
  }
  if (to.Is(TypeId::kDecimal)) return IntegerToDecimal(job, value);
  if (to.Is(TypeId::kFloat) || to.Is(TypeId::kDouble)) return RawCast(value, job.stored());
  if (to.IsStringLike())
    return RawCast(ExpressionPrinter::Widen(value, DuckType::For(job.from)), job.stored());
  if (to.Is(TypeId::kBoolean)) return IsNotZero(value);
  if (to.Is(TypeId::kTimestamp) && !job.from.Is(TypeId::kLong)) {
    const Fragment micros =
        ExpressionPrinter::Infix(ExpressionPrinter::Widen(value, DuckType(Id::kBigint)), "*",
                                 Fragment{"1000000", DuckType(Id::kInteger)}, DuckType(Id::kBigint));
    return job.printer.CallOf("make_timestamptz", {micros}, DuckType(Id::kTimestampTz));
  }
  job.Decline();
}

// Java rounds what is beyond the largest float to infinity, where DuckDB raises.
Fragment DoubleToFloat(const CastJob& job, const Fragment& value) {
  // Half a step above the largest float: from here on, infinity is nearer.
  const std::string bound = "CAST('3.4028235677973366e38' AS DOUBLE)";
  const std::string& x = value.sql;
  Fragment out{"(CASE WHEN isnan(" + x + ") THEN CAST('nan' AS FLOAT) WHEN " + x + " >= " + bound +
                   " THEN CAST('inf' AS FLOAT) WHEN " + x + " <= (- " + bound +
                   ") THEN CAST('-inf' AS FLOAT) ELSE CAST(" + x + " AS FLOAT) END)",
               job.stored()};
  Inherit(&out, value);
  return out;
}

Fragment FromReal(const CastJob& job, const Fragment& value) {
  const DataType& to = job.to;
  const DuckType self = DuckType::For(job.from);
  if (to.IsIntegral()) {
    if (!job.MayRaiseNatively()) return job.Raise(IntegerFunction(to), {value});
    return NativeCast(job, job.printer.CallOf("trunc", {value}, self));
  }
  if (to.Is(TypeId::kDouble)) return RawCast(value, job.stored());
  if (to.Is(TypeId::kFloat)) return DoubleToFloat(job, value);
  if (to.Is(TypeId::kDecimal)) {
    const auto source = job.from.Is(TypeId::kFloat) ? DecimalSource::kFloat : DecimalSource::kDouble;
    return job.RaiseVariant(DecimalFromVariant(source, to, job.on_error()), {value});
  }
  if (to.IsStringLike()) return job.printer.CallOf("hearth_text", {value}, job.stored());
  if (to.Is(TypeId::kBoolean)) return IsNotZero(value);
  job.Decline();
}

// DuckDB's DECIMAL is printed without a leading zero when all its digits are behind the point.
Fragment DecimalToText(const CastJob& job, const Fragment& value) {
  const int width = value.type.width();
  if (width > value.type.scale()) return RawCast(value, job.stored());
  if (width == 38) job.Decline();
  return RawCast(ExpressionPrinter::Widen(value, DuckType::Decimal(width + 1, value.type.scale())),
                 job.stored());
}

Fragment FromDecimal(const CastJob& job, const Fragment& value) {
  const DataType& to = job.to;
  if (to.Is(TypeId::kDecimal)) return ConvertDecimal(job.printer, value, to, job.mode, job.origin);
  const DataType source = DataType::Decimal(value.type.width(), value.type.scale());
  if (to.IsIntegral()) {
    if (!job.MayRaiseNatively())
      return job.RaiseVariant(DecimalToVariant(source, to, job.on_error()), {value});
    const Fragment whole =
        source.scale() == 0 ? value
                            : job.printer.CallOf("trunc", {value}, DuckType::Decimal(source.precision(), 0));
    return NativeCast(job, whole);
  }
  if (to.Is(TypeId::kFloat) || to.Is(TypeId::kDouble)) {
    // Both the digits and the power of ten are exact doubles, so that one division rounds correctly.
    constexpr int kExactDigits = 15;
    if (to.Is(TypeId::kDouble) && source.precision() <= kExactDigits) return RawCast(value, job.stored());
    return job.printer.CallOf(DecimalToVariant(source, to, OnError::kTry), {value}, job.stored());
  }
  if (to.IsStringLike()) return DecimalToText(job, value);
  if (to.Is(TypeId::kBoolean)) return IsNotZero(value);
  job.Decline();
}

// A literal text that is a value of the type: the constant, which zone maps can use. Null: leave it to the
// row.
const std::string* LiteralText(const spark::TypedExpression& expression) {
  const auto* constant = expression.As<spark::Constant>();
  return constant == nullptr ? nullptr : std::get_if<std::string>(&constant->value.data);
}

std::optional<Fragment> FoldText(const CastJob& job, const std::string& text) {
  const auto integer = [&](std::optional<int64_t> value) -> std::optional<Fragment> {
    if (!value) return std::nullopt;
    return PrintConstant(spark::Value{*value}, job.to);
  };
  switch (job.to.id()) {
    case TypeId::kByte: return integer(ParseInteger<int8_t>(text));
    case TypeId::kShort: return integer(ParseInteger<int16_t>(text));
    case TypeId::kInteger: return integer(ParseInteger<int32_t>(text));
    case TypeId::kLong: return integer(ParseInteger<int64_t>(text));
    case TypeId::kDate: return integer(ParseDate(text));
    case TypeId::kTimestamp: return integer(ParseTimestamp(text, job.printer.lowering().time_zone()));
    case TypeId::kTimestampNtz: return integer(ParseTimestampNtz(text));
    case TypeId::kDouble:
      if (const auto value = ParseDouble(text)) return PrintConstant(spark::Value{*value}, job.to);
      return std::nullopt;
    case TypeId::kBoolean:
      if (const auto value = ParseBoolean(text)) return PrintConstant(spark::Value{*value}, job.to);
      return std::nullopt;
    case TypeId::kDecimal: {
      const ParsedDecimal value = ParseDecimal(text, job.to.precision(), job.to.scale());
      if (value.status != ParsedDecimal::Status::kFits) return std::nullopt;
      return PrintConstant(spark::Value{spark::Decimal{value.unscaled}}, job.to);
    }
    default: return std::nullopt;
  }
}

Fragment FromText(const CastJob& job, const Fragment& value) {
  const DataType& to = job.to;
  if (to.IsIntegral()) return job.Raise(IntegerFunction(to), {value});
  switch (to.id()) {
    case TypeId::kFloat: return job.Raise("to_float", {value});
    case TypeId::kDouble: return job.Raise("to_double", {value});
    case TypeId::kBoolean: return job.Raise("to_boolean", {value});
    case TypeId::kDate: return job.Raise("to_date", {value});
    case TypeId::kTimestamp: return job.Raise("to_timestamp", {value, Zone(job)});
    case TypeId::kTimestampNtz: return job.Raise("to_timestamp_ntz", {value});
    case TypeId::kDecimal:
      return job.RaiseVariant(DecimalFromVariant(DecimalSource::kText, to, job.on_error()), {value});
    case TypeId::kBinary: return job.printer.CallOf("encode", {value}, job.stored());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: return value;
    default: job.Decline();
  }
}

Fragment FromDateTime(const CastJob& job, const Fragment& value) {
  const DataType& to = job.to;
  const bool instant = job.from.Is(TypeId::kTimestamp);
  if (to.IsStringLike()) {
    std::vector<Fragment> arguments = {value};
    if (instant) arguments.push_back(Zone(job));
    return job.printer.CallOf("hearth_text", arguments, job.stored());
  }
  if (to.Is(TypeId::kLong) && instant)
    return job.printer.CallOf("hearth_epoch_second", {value}, job.stored());
  if (to.Is(TypeId::kDouble) && instant) {
    const Fragment micros = job.printer.CallOf("epoch_us", {value}, DuckType(Id::kBigint));
    return ExpressionPrinter::Infix(RawCast(micros, DuckType(Id::kDouble)), "/",
                                    Fragment{"CAST('1000000' AS DOUBLE)", DuckType(Id::kDouble)},
                                    DuckType(Id::kDouble));
  }
  if (!to.IsDateTime()) job.Decline();
  const Fragment clock = instant ? WallClock(job, value) : RawCast(value, DuckType(Id::kTimestamp));
  if (to.Is(TypeId::kDate)) return RawCast(clock, job.stored());
  if (to.Is(TypeId::kTimestampNtz)) return clock;
  return job.printer.CallOf("hearth_instant", {clock, Zone(job)}, job.stored());
}

Fragment FromBoolean(const CastJob& job, const Fragment& value) {
  if (job.to.IsNumeric() && !job.to.Is(TypeId::kDecimal)) return RawCast(value, job.stored());
  if (job.to.Is(TypeId::kDecimal) && job.to.precision() > job.to.scale()) {
    return RawCast(RawCast(value, DuckType(Id::kInteger)), job.stored());
  }
  if (job.to.IsStringLike()) return RawCast(value, job.stored());
  job.Decline();
}

}  // namespace

Fragment ConvertDecimal(ExpressionPrinter& printer, const Fragment& value, const DataType& to, CastMode mode,
                        const spark::OriginPtr& origin) {
  const DuckType stored = DuckType::For(to);
  const int integral = value.type.width() - value.type.scale();
  const int target_integral = to.precision() - to.scale();
  const bool rounds = to.scale() < value.type.scale();
  // Rounding may carry into one more digit before the point.
  if (target_integral >= integral + (rounds ? 1 : 0)) return ExpressionPrinter::Widen(value, stored);
  // DuckDB raises where Spark does, unless it is the rounding that overflows.
  const bool native = !printer.lowering().exact() && mode != CastMode::kTry && !rounds;
  if (native) return RawCast(value, stored);
  const DataType from = DataType::Decimal(value.type.width(), value.type.scale());
  if (mode == CastMode::kTry)
    return printer.CallOf(DecimalCastVariant(from, to, OnError::kTry), {value}, stored);
  return printer.RaisingCall(DecimalCastVariant(from, to, OnError::kRaise), {value}, stored, origin);
}

Fragment PrintCast(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                   const spark::CastTo& cast) {
  const spark::TypedExpression& child = *cast.child;
  const CastJob job{printer, child.type, whole.type, cast.mode, whole.origin};
  if (cast.mode == CastMode::kLegacy) job.Decline();
  if (child.type.Is(TypeId::kNull)) return NullLiteral(job.stored());
  if (const std::string* text = LiteralText(child); text != nullptr && child.type.IsStringLike()) {
    if (auto folded = FoldText(job, *text)) return *folded;
  }
  if (SameType(job.from, job.to)) return printer.Print(child);
  const bool natural = job.from.Is(TypeId::kDecimal) || job.from.IsIntegral();
  const Fragment value = natural ? printer.Print(child) : printer.PrintStored(child);
  if (job.from.IsIntegral()) {
    const bool narrow = job.to.IsIntegral() && job.to.id() < job.from.id();
    return FromInteger(
        job, narrow || job.exact() ? ExpressionPrinter::Widen(value, DuckType::For(job.from)) : value);
  }
  if (job.from.Is(TypeId::kDecimal)) return FromDecimal(job, value);
  if (job.from.Is(TypeId::kFloat) || job.from.Is(TypeId::kDouble)) return FromReal(job, value);
  if (job.from.IsStringLike()) return FromText(job, value);
  if (job.from.IsDateTime()) return FromDateTime(job, value);
  if (job.from.Is(TypeId::kBoolean)) return FromBoolean(job, value);
  // An interval with more fields holds the same number.
  const bool interval = job.from.IsAnsiInterval() && job.from.id() == job.to.id();
  if (interval && job.to.end_field() >= job.from.end_field()) return value;
  if (job.from.Is(TypeId::kBinary) && job.to.IsStringLike())
    return printer.CallOf("decode", {value}, job.stored());
  job.Decline();
}

}  // namespace hearth::engine
