#include "engine/duckdb/storage_type.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

LogicalTypeHandle Plain(duckdb_type type) { return LogicalTypeHandle(duckdb_create_logical_type(type)); }

LogicalTypeHandle StructType(const DataType& type) {
  std::vector<LogicalTypeHandle> children;
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  std::set<std::string> distinct;
  for (const spark::StructField& field : type.fields()) {
    children.push_back(StorageType(field.type));
    types.push_back(children.back().get());
    names.push_back(field.name.c_str());
    distinct.insert(absl::AsciiStrToLower(field.name));
  }
  // DuckDB tells a struct's fields apart by name, in any case.
  if (types.empty() || distinct.size() < types.size())
    throw spark::Error::Decline("values of type " + type.sql());
  return LogicalTypeHandle(duckdb_create_struct_type(types.data(), names.data(), types.size()));
}

}  // namespace

LogicalTypeHandle StorageType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kBoolean: return Plain(DUCKDB_TYPE_BOOLEAN);
    case TypeId::kByte: return Plain(DUCKDB_TYPE_TINYINT);
    case TypeId::kShort: return Plain(DUCKDB_TYPE_SMALLINT);
    case TypeId::kNull:
    case TypeId::kYearMonthInterval:
    case TypeId::kInteger: return Plain(DUCKDB_TYPE_INTEGER);
    case TypeId::kDayTimeInterval:
    case TypeId::kLong: return Plain(DUCKDB_TYPE_BIGINT);
    case TypeId::kFloat: return Plain(DUCKDB_TYPE_FLOAT);
    case TypeId::kDouble: return Plain(DUCKDB_TYPE_DOUBLE);
    case TypeId::kDecimal:
      return LogicalTypeHandle(duckdb_create_decimal_type(static_cast<uint8_t>(type.precision()),
                                                          static_cast<uint8_t>(type.scale())));
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: return Plain(DUCKDB_TYPE_VARCHAR);
    case TypeId::kBinary: return Plain(DUCKDB_TYPE_BLOB);
    case TypeId::kDate: return Plain(DUCKDB_TYPE_DATE);
    case TypeId::kTimestamp: return Plain(DUCKDB_TYPE_TIMESTAMP_TZ);
    case TypeId::kTimestampNtz: return Plain(DUCKDB_TYPE_TIMESTAMP);
    case TypeId::kCalendarInterval: return Plain(DUCKDB_TYPE_INTERVAL);
    case TypeId::kArray: return LogicalTypeHandle(duckdb_create_list_type(StorageType(type.element()).get()));
    case TypeId::kMap:
      return LogicalTypeHandle(
          duckdb_create_map_type(StorageType(type.key()).get(), StorageType(type.value()).get()));
    case TypeId::kStruct: return StructType(type);
    default: throw spark::Error::Decline("values of type " + type.sql());
  }
}

}  // namespace hearth::engine
