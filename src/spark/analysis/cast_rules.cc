#include "spark/analysis/cast_rules.h"

#include <algorithm>

#include "spark/analysis/coercion.h"

namespace hearth::spark {
namespace {

// Whether every value of `from` fits the decimal type `to` (Spark's canNullSafeCastToDecimal).
bool FitsDecimal(const DataType& from, const DataType& to) {
  switch (from.id()) {
    case TypeId::kBoolean: return to.precision() - to.scale() >= 1;
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInteger:
    case TypeId::kLong: return IsWiderDecimal(to, DecimalFor(from));
    case TypeId::kDecimal:
      // Digits behind the point may be rounded away when there is room for the carry.
      return IsWiderDecimal(to, from) || to.precision() - to.scale() > from.precision() - from.scale();
    default: return false;
  }
}

// Structs cast field by field, arrays and maps by element; `allowed` decides for the elements.
template <typename Allowed>
bool CastNested(const DataType& from, const DataType& to, Allowed allowed) {
  if (from.id() != to.id()) return false;
  const auto element = [&](const DataType& f, bool f_null, const DataType& t, bool t_null) {
    return allowed(f, t) && (t_null || !(f_null || CastForcesNull(f, t)));
  };
  switch (from.id()) {
    case TypeId::kArray:
      return element(from.element(), from.contains_null(), to.element(), to.contains_null());
    case TypeId::kMap:
      return allowed(from.key(), to.key()) && !CastForcesNull(from.key(), to.key()) &&
             element(from.value(), from.contains_null(), to.value(), to.contains_null());
    case TypeId::kStruct:
      return std::equal(from.fields().begin(), from.fields().end(), to.fields().begin(), to.fields().end(),
                        [&](const StructField& f, const StructField& t) {
                          return element(f.type, f.nullable, t.type, t.nullable);
                        });
    default: return false;
  }
}

bool CanCastToDateTime(const DataType& from, const DataType& to) {
  if (from.IsDateTime() || from.IsStringLike()) return true;
  return to.Is(TypeId::kTimestamp) && from.IsNumeric();
}

bool CanCastToNumber(const DataType& from) {
  return from.IsNumeric() || from.IsStringLike() || from.Is(TypeId::kBoolean) || from.Is(TypeId::kTimestamp);
}

bool CanCastToInterval(const DataType& from, const DataType& to) {
  return from.id() == to.id() || from.IsStringLike() || from.IsIntegral() || from.Is(TypeId::kDecimal);
}

}  // namespace

bool CanCast(const DataType& from, const DataType& to) {
  if (from == to || from.Is(TypeId::kNull)) return true;
  switch (to.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: return true;
    case TypeId::kBinary: return from.IsStringLike();
    case TypeId::kBoolean: return from.IsStringLike() || from.IsNumeric();
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInteger:
    case TypeId::kLong:
    case TypeId::kDecimal: return CanCastToNumber(from) || from.IsAnsiInterval();
    case TypeId::kFloat:
    case TypeId::kDouble: return CanCastToNumber(from);
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz: return CanCastToDateTime(from, to);
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval: return CanCastToInterval(from, to);
    case TypeId::kCalendarInterval: return from.IsStringLike();
    default: return CastNested(from, to, CanCast);
  }
}

bool CastForcesNull(const DataType& from, const DataType& to) {
  if (from == to) return false;
  if (from.Is(TypeId::kNull)) return true;
  if (from.IsStringLike()) return !to.IsStringLike() && !to.Is(TypeId::kBinary);
  if (to.IsStringLike()) return false;
  if (to.Is(TypeId::kDecimal)) return !FitsDecimal(from, to);
  if (from.IsFractional())
    return to.IsIntegral() || (to.Is(TypeId::kTimestamp) && !from.Is(TypeId::kDecimal));
  if (from.Is(TypeId::kTimestamp)) return to.IsIntegral() && !to.Is(TypeId::kLong);
  return (from.Is(TypeId::kDate) && to.Is(TypeId::kTimestampNtz)) ||
         (from.Is(TypeId::kTimestampNtz) && to.Is(TypeId::kDate));
}

bool CanStoreAssign(const DataType& from, const DataType& to) {
  if (from == to || from.Is(TypeId::kNull)) return true;
  if (from.IsNumeric() && to.IsNumeric()) return true;
  if (to.IsStringLike()) return !from.IsNested() && !from.Is(TypeId::kVariant);
  if (from.IsDateTime() && to.IsDateTime()) return true;
  if (from.IsAnsiInterval() && from.id() == to.id()) return true;
  return CastNested(from, to, CanStoreAssign);
}

CastRefusal WhyNoCast(const DataType& from, const DataType& to) {
  using Suggestion = CastRefusal::Suggestion;
  if (from.IsNumeric() && to.Is(TypeId::kDate)) return {Suggestion::kFunction, "DATE_FROM_UNIX_DATE"};
  if (from.Is(TypeId::kDate) && to.IsNumeric()) return {Suggestion::kFunction, "UNIX_DATE"};
  if (from.Is(TypeId::kTimestampNtz)) return {};
  // Casts that only ANSI mode forbids.
  const bool legacy = (from.Is(TypeId::kBoolean) && to.Is(TypeId::kTimestamp)) ||
                      (from.IsIntegral() && to.Is(TypeId::kBinary)) ||
                      ((from.Is(TypeId::kDate) || from.Is(TypeId::kTimestamp)) && to.Is(TypeId::kBoolean));
  if (legacy) return {Suggestion::kConfiguration, ""};
  return {};
}

}  // namespace hearth::spark
