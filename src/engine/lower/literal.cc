#include "engine/lower/literal.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/check.h"
#include "engine/lower/quoting.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;
using spark::Value;

Fragment Literal(std::string sql, DuckType type) {
  return {std::move(sql), std::move(type), Fragment::Form::kConstant};
}

Fragment CastText(const std::string& text, DuckType type) {
  std::string sql = "CAST(" + QuoteText(text) + " AS " + type.text() + ")";
  return Literal(std::move(sql), std::move(type));
}

template <typename Real>
Fragment RealLiteral(Real value, DuckType::Id id) {
  if (std::isnan(value)) return CastText("nan", DuckType(id));
  if (std::isinf(value)) return CastText(value > 0 ? "inf" : "-inf", DuckType(id));
  char text[40];
  std::snprintf(text, sizeof(text), "%.*g", id == DuckType::Id::kFloat ? 9 : 17, static_cast<double>(value));
  return CastText(text, DuckType(id));
}

// Days and microseconds since the epoch as calendar text would have limits of its own; numbers have none.
Fragment DateLiteral(int64_t days) {
  if (std::abs(days) >= std::numeric_limits<int32_t>::max()) {
    throw spark::Error::Decline("a date that DuckDB takes for infinity");
  }
  constexpr int64_t kYear1 = -719162;
  constexpr int64_t kYear9999 = 2932896;
  if (days >= kYear1 && days <= kYear9999) {
    return Literal("DATE " + QuoteText(spark::DateText(days)), DuckType(DuckType::Id::kDate));
  }
  return Literal("(DATE '1970-01-01' + (" + std::to_string(days) + "))", DuckType(DuckType::Id::kDate));
}

std::string HexText(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char text[8];
    std::snprintf(text, sizeof(text), "\\x%02X", static_cast<unsigned char>(c));
    out += text;
  }
  return out;
}

}  // namespace

Fragment NullLiteral(const DuckType& type) { return Literal("CAST(NULL AS " + type.text() + ")", type); }

Fragment TextLiteral(std::string_view text) {
  return Literal(QuoteText(text), DuckType(DuckType::Id::kVarchar));
}

Fragment IntegerLiteral(int64_t value, DuckType::Id id) {
  std::string digits = std::to_string(value);
  // DuckDB takes a bare number in the range of INTEGER for one.
  const bool plain = id == DuckType::Id::kInteger && value >= 0 && value <= INT32_MAX;
  if (plain) return Literal(std::move(digits), DuckType(id));
  return CastText(digits, DuckType(id));
}

Fragment PrintConstant(const Value& value, const DataType& type) {
  const DuckType storage = DuckType::For(type);
  if (value.IsNull()) return NullLiteral(storage);
  switch (type.id()) {
    case TypeId::kBoolean: return Literal(value.As<bool>() ? "TRUE" : "FALSE", storage);
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInteger:
    case TypeId::kLong:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval: return IntegerLiteral(value.As<int64_t>(), storage.id());
    case TypeId::kFloat: return RealLiteral(value.As<float>(), DuckType::Id::kFloat);
    case TypeId::kDouble: return RealLiteral(value.As<double>(), DuckType::Id::kDouble);
    case TypeId::kDecimal:
      return CastText(spark::DecimalText(value.As<spark::Decimal>().unscaled, type.scale()), storage);
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: return TextLiteral(value.As<std::string>());
    case TypeId::kBinary: return CastText(HexText(value.As<std::string>()), storage);
    case TypeId::kDate: return DateLiteral(value.As<int64_t>());
    case TypeId::kTimestamp:
      return Literal(
          "make_timestamptz(" + IntegerLiteral(value.As<int64_t>(), DuckType::Id::kBigint).sql + ")",
          storage);
    case TypeId::kTimestampNtz:
      return Literal("make_timestamp(" + IntegerLiteral(value.As<int64_t>(), DuckType::Id::kBigint).sql + ")",
                     storage);
    default: throw spark::Error::Decline("literals of type " + type.simple_string());
  }
}

}  // namespace hearth::engine
