#include "engine/service/literal_message.h"

#include <cstdlib>
#include <string>

#include "engine/service/stored_decimal.h"
#include "spark/connect/data_type_proto.h"
#include "spark/connect/expressions.pb.h"
#include "spark/error.h"
#include "spark/types/value.h"

// Spark 4.2 writes the types of nested values into these fields, which the protocol calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;
using spark::DataType;
using spark::TypeId;
using Literal = proto::Expression_Literal;

// java.math.BigDecimal.toString: with an exponent where there would be more than six zeros behind the point.
std::string BigDecimalText(__int128 unscaled, int scale) {
  const int digits = spark::DecimalDigits(unscaled);
  const int exponent = digits - 1 - scale;
  if (exponent >= -6) return spark::DecimalText(unscaled, scale);
  return spark::DecimalText(unscaled, digits - 1) + "E" + std::to_string(exponent);
}

void EncodeDecimal(__int128 unscaled, int scale, Literal::Decimal* out) {
  out->set_value(BigDecimalText(unscaled, scale));
  out->set_precision(spark::DecimalDigits(unscaled));
  out->set_scale(scale);
}

void EncodeArray(const DataType& type, const VectorView& values, idx_t row, Literal::Array* out) {
  spark::EncodeDataType(type.element(), out->mutable_element_type());
  const duckdb_list_entry entry = values.data<duckdb_list_entry>()[row];
  const VectorView elements = values.list_child();
  for (idx_t i = 0; i < entry.length; ++i) {
    EncodeLiteral(type.element(), elements, entry.offset + i, out->add_elements());
  }
}

void EncodeMap(const DataType& type, const VectorView& values, idx_t row, Literal::Map* out) {
  spark::EncodeDataType(type.key(), out->mutable_key_type());
  spark::EncodeDataType(type.value(), out->mutable_value_type());
  const duckdb_list_entry entry = values.data<duckdb_list_entry>()[row];
  const VectorView entries = values.list_child();
  for (idx_t i = 0; i < entry.length; ++i) {
    EncodeLiteral(type.key(), entries.struct_child(0), entry.offset + i, out->add_keys());
    EncodeLiteral(type.value(), entries.struct_child(1), entry.offset + i, out->add_values());
  }
}

void EncodeStruct(const DataType& type, const VectorView& values, idx_t row, Literal::Struct* out) {
  spark::EncodeDataType(type, out->mutable_struct_type());
  for (size_t i = 0; i < type.fields().size(); ++i) {
    EncodeLiteral(type.fields()[i].type, values.struct_child(i), row, out->add_elements());
  }
}

}  // namespace

void EncodeLiteral(const DataType& type, const VectorView& values, idx_t row, Literal* literal) {
  if (type.Is(TypeId::kNull) || !values.IsValid(row)) {
    spark::EncodeDataType(type, literal->mutable_null());
    return;
  }
  switch (type.id()) {
    case TypeId::kBoolean: literal->set_boolean(values.data<bool>()[row]); return;
    case TypeId::kByte: literal->set_byte(values.data<int8_t>()[row]); return;
    case TypeId::kShort: literal->set_short_(values.data<int16_t>()[row]); return;
    case TypeId::kInteger: literal->set_integer(values.data<int32_t>()[row]); return;
    case TypeId::kLong: literal->set_long_(values.data<int64_t>()[row]); return;
    case TypeId::kFloat: literal->set_float_(values.data<float>()[row]); return;
    case TypeId::kDouble: literal->set_double_(values.data<double>()[row]); return;
    case TypeId::kDecimal:
      EncodeDecimal(StoredDecimal(values, row, type.precision()), type.scale(), literal->mutable_decimal());
      return;
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: literal->set_string(std::string(values.string(row))); return;
    case TypeId::kBinary: literal->set_binary(std::string(values.string(row))); return;
    case TypeId::kDate: literal->set_date(values.data<int32_t>()[row]); return;
    case TypeId::kTimestamp: literal->set_timestamp(values.data<int64_t>()[row]); return;
    case TypeId::kTimestampNtz: literal->set_timestamp_ntz(values.data<int64_t>()[row]); return;
    case TypeId::kYearMonthInterval: literal->set_year_month_interval(values.data<int32_t>()[row]); return;
    case TypeId::kDayTimeInterval: literal->set_day_time_interval(values.data<int64_t>()[row]); return;
    case TypeId::kArray: EncodeArray(type, values, row, literal->mutable_array()); return;
    case TypeId::kMap: EncodeMap(type, values, row, literal->mutable_map()); return;
    case TypeId::kStruct: EncodeStruct(type, values, row, literal->mutable_struct_()); return;
    default: throw spark::Error::Decline("observed metrics of type " + type.simple_string());
  }
}

}  // namespace hearth::engine
