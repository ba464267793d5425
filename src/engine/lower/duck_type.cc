#include "engine/lower/duck_type.h"

#include "base/check.h"
#include "engine/lower/quoting.h"
#include "spark/error.h"

namespace hearth::engine {

using spark::DataType;
using spark::TypeId;

DuckType DuckType::Decimal(int width, int scale) {
  HEARTH_CHECK(width >= 1 && width <= 38 && scale >= 0 && scale <= width) << width << "," << scale;
  DuckType type(Id::kDecimal);
  type.width_ = width;
  type.scale_ = scale;
  return type;
}

DuckType DuckType::For(const DataType& type) {
  DuckType nested(Id::kNested);
  switch (type.id()) {
    case TypeId::kBoolean: return DuckType(Id::kBoolean);
    case TypeId::kByte: return DuckType(Id::kTinyint);
    case TypeId::kShort: return DuckType(Id::kSmallint);
    case TypeId::kNull:
    case TypeId::kInteger:
    case TypeId::kYearMonthInterval: return DuckType(Id::kInteger);
    case TypeId::kLong:
    case TypeId::kDayTimeInterval: return DuckType(Id::kBigint);
    case TypeId::kFloat: return DuckType(Id::kFloat);
    case TypeId::kDouble: return DuckType(Id::kDouble);
    case TypeId::kDecimal:
      if (type.scale() < 0) throw spark::Error::Decline("decimals of negative scale");
      return Decimal(type.precision(), type.scale());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: return DuckType(Id::kVarchar);
    case TypeId::kBinary: return DuckType(Id::kBlob);
    case TypeId::kDate: return DuckType(Id::kDate);
    case TypeId::kTimestamp: return DuckType(Id::kTimestampTz);
    case TypeId::kTimestampNtz: return DuckType(Id::kTimestamp);
    case TypeId::kCalendarInterval: return DuckType(Id::kInterval);
    case TypeId::kArray: nested.nested_ = For(type.element()).text() + "[]"; return nested;
    case TypeId::kMap:
      nested.nested_ = "MAP(" + For(type.key()).text() + ", " + For(type.value()).text() + ")";
      return nested;
    case TypeId::kStruct: {
      std::string fields;
      for (const spark::StructField& field : type.fields()) {
        fields += (fields.empty() ? "" : ", ") + QuoteName(field.name) + " " + For(field.type).text();
      }
      if (fields.empty()) throw spark::Error::Decline("structs without fields");
      nested.nested_ = "STRUCT(" + fields + ")";
      return nested;
    }
    default: throw spark::Error::Decline("the type " + type.simple_string());
  }
}

std::string DuckType::text() const {
  switch (id_) {
    case Id::kBoolean: return "BOOLEAN";
    case Id::kTinyint: return "TINYINT";
    case Id::kSmallint: return "SMALLINT";
    case Id::kInteger: return "INTEGER";
    case Id::kBigint: return "BIGINT";
    case Id::kHugeint: return "HUGEINT";
    case Id::kFloat: return "FLOAT";
    case Id::kDouble: return "DOUBLE";
    case Id::kDecimal: return "DECIMAL(" + std::to_string(width_) + "," + std::to_string(scale_) + ")";
    case Id::kVarchar: return "VARCHAR";
    case Id::kBlob: return "BLOB";
    case Id::kDate: return "DATE";
    case Id::kTimestamp: return "TIMESTAMP";
    case Id::kTimestampTz: return "TIMESTAMP WITH TIME ZONE";
    case Id::kInterval: return "INTERVAL";
    case Id::kNested: return nested_;
  }
  HEARTH_CHECK(false);
}

}  // namespace hearth::engine
