#include "spark/analysis/coercion.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "spark/analysis/cast_rules.h"
#include "spark/analysis/function_resolution.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

using FindType = std::function<std::optional<DataType>(const DataType&, const DataType&)>;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(const std::string& l, const std::string& r) {
  return std::equal(l.begin(), l.end(), r.begin(), r.end(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

// Arrays, maps and structs meet element by element.
std::optional<DataType> CommonNested(const DataType& l, const DataType& r, const FindType& find) {
  if (l.id() != r.id()) return std::nullopt;
  const auto loses = [](const DataType& from, const DataType& to) { return CastForcesNull(from, to); };
  if (l.Is(TypeId::kArray)) {
    const auto element = find(l.element(), r.element());
    if (!element) return std::nullopt;
    return DataType::Array(*element, l.contains_null() || r.contains_null() || loses(l.element(), *element) ||
                                         loses(r.element(), *element));
  }
  if (l.Is(TypeId::kMap)) {
    const auto key = find(l.key(), r.key());
    const auto value = find(l.value(), r.value());
    if (!key || !value || loses(l.key(), *key) || loses(r.key(), *key)) return std::nullopt;
    return DataType::Map(
        *key, *value,
        l.contains_null() || r.contains_null() || loses(l.value(), *value) || loses(r.value(), *value));
  }
  if (l.Is(TypeId::kStruct) && l.fields().size() == r.fields().size()) {
    std::vector<StructField> fields;
    for (size_t i = 0; i < l.fields().size(); ++i) {
      const StructField& a = l.fields()[i];
      const StructField& b = r.fields()[i];
      const auto type = SameName(a.name, b.name) ? find(a.type, b.type) : std::nullopt;
      if (!type) return std::nullopt;
      const bool nullable = a.nullable || b.nullable || loses(a.type, *type) || loses(b.type, *type);
      fields.push_back({a.name, *type, nullable, ""});
    }
    return DataType::Struct(std::move(fields));
  }
  return std::nullopt;
}

std::optional<DataType> WiderForDecimal(const DataType& l, const DataType& r) {
  const bool l_decimal = l.Is(TypeId::kDecimal);
  const bool r_decimal = r.Is(TypeId::kDecimal);
  if (!l_decimal && !r_decimal) return std::nullopt;
  const auto exact = [](const DataType& t) { return t.Is(TypeId::kDecimal) || t.IsIntegral(); };
  if (exact(l) && exact(r)) return WiderDecimal(DecimalFor(l), DecimalFor(r));
  if (l.IsFractional() && r.IsFractional()) return DataType::Double();
  return std::nullopt;
}

std::optional<DataType> TightestNumeric(const DataType& l, const DataType& r) {
  const bool l_decimal = l.Is(TypeId::kDecimal);
  const bool r_decimal = r.Is(TypeId::kDecimal);
  if (l_decimal && r.IsIntegral() && IsWiderDecimal(l, DecimalFor(r))) return l;
  if (r_decimal && l.IsIntegral() && IsWiderDecimal(r, DecimalFor(l))) return r;
  if (l_decimal || r_decimal) return std::nullopt;
  const DataType& wider = l.id() > r.id() ? l : r;  // the ids are in order of precedence
  // A float does not hold every integer: both become double.
  return wider.Is(TypeId::kFloat) ? DataType::Double() : wider;
}

}  // namespace

DataType DecimalFor(const DataType& numeric) {
  switch (numeric.id()) {
    case TypeId::kByte: return DataType::Decimal(3, 0);
    case TypeId::kShort: return DataType::Decimal(5, 0);
    case TypeId::kInteger: return DataType::Decimal(10, 0);
    case TypeId::kLong: return DataType::Decimal(20, 0);
    case TypeId::kFloat: return DataType::Decimal(14, 7);
    case TypeId::kDouble: return DataType::Decimal(30, 15);
    default: HEARTH_CHECK(numeric.Is(TypeId::kDecimal)); return numeric;
  }
}

bool IsWiderDecimal(const DataType& wide, const DataType& narrow) {
  return wide.precision() - wide.scale() >= narrow.precision() - narrow.scale() &&
         wide.scale() >= narrow.scale();
}

DataType WiderDecimal(const DataType& l, const DataType& r) {
  const int scale = std::max(l.scale(), r.scale());
  const int precision = std::max(l.precision() - l.scale(), r.precision() - r.scale()) + scale;
  if (precision <= DataType::kMaxPrecision) return DataType::Decimal(precision, scale);
  return DataType::Decimal(DataType::kMaxPrecision,
                           std::max(0, scale - (precision - DataType::kMaxPrecision)));
}

DataType AdjustPrecisionScale(int precision, int scale) {
  constexpr int kMinimumScale = 6;
  if (precision <= DataType::kMaxPrecision) return DataType::Decimal(precision, scale);
  const int integral_digits = precision - scale;
  const int kept = std::max(DataType::kMaxPrecision - integral_digits, std::min(scale, kMinimumScale));
  return DataType::Decimal(DataType::kMaxPrecision, kept);
}

DataType DecimalResult(DecimalOperation operation, const DataType& l, const DataType& r) {
  const int l_integral = l.precision() - l.scale();
  const int r_integral = r.precision() - r.scale();
  const int scale = std::max(l.scale(), r.scale());
  switch (operation) {
    case DecimalOperation::kAdd:
    case DecimalOperation::kSubtract:
      return AdjustPrecisionScale(std::max(l_integral, r_integral) + scale + 1, scale);
    case DecimalOperation::kMultiply:
      return AdjustPrecisionScale(l.precision() + r.precision() + 1, l.scale() + r.scale());
    case DecimalOperation::kDivide: {
      const int quotient_scale = std::max(6, l.scale() + r.precision() + 1);
      return AdjustPrecisionScale(l_integral + r.scale() + quotient_scale, quotient_scale);
    }
    case DecimalOperation::kRemainder:
      return AdjustPrecisionScale(std::min(l_integral, r_integral) + scale, scale);
  }
  HEARTH_CHECK(false);
}

std::optional<DataType> TightestCommonType(const DataType& l, const DataType& r) {
  if (l == r || r.Is(TypeId::kNull)) return l;
  if (l.Is(TypeId::kNull)) return r;
  if (l.IsNumeric() && r.IsNumeric()) return TightestNumeric(l, r);
  if (l.IsDateTime() && r.IsDateTime()) {
    const bool instant = l.Is(TypeId::kTimestamp) || r.Is(TypeId::kTimestamp);
    return instant ? DataType::Timestamp() : DataType::TimestampNtz();
  }
  if (l.IsAnsiInterval() && l.id() == r.id()) {
    const IntervalField start = std::min(l.start_field(), r.start_field());
    const IntervalField end = std::max(l.end_field(), r.end_field());
    return l.Is(TypeId::kYearMonthInterval) ? DataType::YearMonthInterval(start, end)
                                            : DataType::DayTimeInterval(start, end);
  }
  return CommonNested(l, r, TightestCommonType);
}

std::optional<DataType> WiderTypeWithoutStrings(const DataType& l, const DataType& r) {
  if (auto type = TightestCommonType(l, r)) return type;
  if (auto type = WiderForDecimal(l, r)) return type;
  return CommonNested(l, r, WiderTypeWithoutStrings);
}

std::optional<DataType> StringPromotion(const DataType& l, const DataType& r) {
  if (!l.Is(TypeId::kString)) return r.Is(TypeId::kString) ? StringPromotion(r, l) : std::nullopt;
  if (r.IsIntegral()) return DataType::Long();
  if (r.IsFractional()) return DataType::Double();
  if (r.Is(TypeId::kNull) || r == l) return l;
  // Which interval a text means cannot be told.
  if (r.IsAnsiInterval() || r.IsNested() || r.Is(TypeId::kCalendarInterval) || r.Is(TypeId::kVariant)) {
    return std::nullopt;
  }
  return r.IsStringLike() ? std::nullopt : std::optional(r);
}

std::optional<DataType> WiderType(const DataType& l, const DataType& r) {
  if (auto type = TightestCommonType(l, r)) return type;
  if (auto type = WiderForDecimal(l, r)) return type;
  if (auto type = StringPromotion(l, r)) return type;
  return CommonNested(l, r, WiderType);
}

InputType InputType::OneOf(std::vector<InputType> choices) {
  InputType type(Kind::kOneOf);
  type.choices_ = std::move(choices);
  return type;
}

bool InputType::Accepts(const DataType& type) const {
  switch (kind_) {
    case Kind::kAny: return true;
    case Kind::kConcrete: return SameType(type, concrete_);
    case Kind::kString: return type.IsStringLike();
    case Kind::kNumeric: return type.IsNumeric();
    case Kind::kIntegral: return type.IsIntegral();
    case Kind::kDecimal: return type.Is(TypeId::kDecimal);
    case Kind::kAnyTimestamp: return type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
    case Kind::kAnsiInterval: return type.IsAnsiInterval();
    case Kind::kArray: return type.Is(TypeId::kArray);
    case Kind::kMap: return type.Is(TypeId::kMap);
    case Kind::kOneOf:
      return std::any_of(choices_.begin(), choices_.end(),
                         [&](const InputType& t) { return t.Accepts(type); });
  }
  HEARTH_CHECK(false);
}

DataType InputType::DefaultType() const {
  switch (kind_) {
    case Kind::kConcrete: return concrete_;
    case Kind::kString: return DataType::String();
    case Kind::kNumeric: return DataType::Double();
    case Kind::kIntegral: return DataType::Integer();
    case Kind::kDecimal: return DataType::Decimal(38, 18);
    case Kind::kAnyTimestamp: return DataType::Timestamp();
    default: return DataType::Null();
  }
}

std::optional<DataType> InputType::Convert(const DataType& from) const {
  if (Accepts(from)) return from;
  if (kind_ == Kind::kOneOf) {
    for (const InputType& choice : choices_) {
      if (auto type = choice.Convert(from)) return type;
    }
    return std::nullopt;
  }
  if (kind_ == Kind::kArray || kind_ == Kind::kMap || kind_ == Kind::kAnsiInterval) return std::nullopt;
  if (kind_ == Kind::kDecimal && from.IsNumeric()) return DecimalFor(from);
  const DataType target = DefaultType();
  if (from.IsFractional() && kind_ == Kind::kIntegral) return std::nullopt;
  if (from.Is(TypeId::kString)) {
    const bool atomic =
        !target.IsNested() && !target.Is(TypeId::kNull) && !target.Is(TypeId::kCalendarInterval);
    return atomic && kind_ != Kind::kIntegral ? std::optional(target) : std::nullopt;
  }
  return CanStoreAssign(from, target) ? std::optional(target) : std::nullopt;
}

std::string InputType::Text() const {
  switch (kind_) {
    case Kind::kAny: return QuoteDouble("ANY");
    case Kind::kConcrete: return QuoteDouble(concrete_.sql());
    case Kind::kString: return QuoteDouble("STRING");
    case Kind::kNumeric: return QuoteDouble("NUMERIC");
    case Kind::kIntegral: return QuoteDouble("INTEGRAL");
    case Kind::kDecimal: return QuoteDouble("DECIMAL");
    case Kind::kAnyTimestamp: return "(\"TIMESTAMP_NTZ\" or \"TIMESTAMP\")";
    case Kind::kAnsiInterval: return QuoteDouble("ANSI INTERVAL");
    case Kind::kArray: return QuoteDouble("ARRAY");
    case Kind::kMap: return QuoteDouble("MAP");
    case Kind::kOneOf: {
      std::string out;
      for (const InputType& choice : choices_) out += (out.empty() ? "" : " or ") + choice.Text();
      return "(" + out + ")";
    }
  }
  HEARTH_CHECK(false);
}

}  // namespace hearth::spark
