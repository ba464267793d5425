#include "engine/service/pretty_text.h"

#include "base/check.h"
#include "engine/service/stored_decimal.h"
#include "spark/error.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

void AppendBinary(std::string_view bytes, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  *out += '[';
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) *out += ' ';
    *out += kHex[static_cast<uint8_t>(bytes[i]) >> 4];
    *out += kHex[static_cast<uint8_t>(bytes[i]) & 0xF];
  }
  *out += ']';
}

std::string IntervalText(int64_t value, const DataType& type) {
  return spark::LiteralSql(spark::Value{value}, type);
}

Zone FindZone(std::string_view id) {
  auto zone = Zone::Find(id);
  // The configuration takes only zones that exist, but the engine may lack one of them.
  if (!zone) throw spark::Error::Decline("the time zone " + std::string(id));
  return *std::move(zone);
}

}  // namespace

PrettyText::PrettyText(std::string_view time_zone) : zone_(FindZone(time_zone)) {}

void PrettyText::Append(const DataType& type, const VectorView& values, idx_t row, std::string* out) {
  if (type.Is(TypeId::kNull) || !values.IsValid(row)) {
    *out += "NULL";
  } else {
    AppendValue(type, values, row, out);
  }
}

void PrettyText::AppendValue(const DataType& type, const VectorView& values, idx_t row, std::string* out) {
  switch (type.id()) {
    case TypeId::kBoolean: *out += values.data<bool>()[row] ? "true" : "false"; return;
    case TypeId::kByte: *out += std::to_string(values.data<int8_t>()[row]); return;
    case TypeId::kShort: *out += std::to_string(values.data<int16_t>()[row]); return;
    case TypeId::kInteger: *out += std::to_string(values.data<int32_t>()[row]); return;
    case TypeId::kLong: *out += std::to_string(values.data<int64_t>()[row]); return;
    case TypeId::kFloat: *out += spark::JavaFloat(values.data<float>()[row]); return;
    case TypeId::kDouble: *out += spark::JavaDouble(values.data<double>()[row]); return;
    case TypeId::kDecimal:
      *out += spark::DecimalText(StoredDecimal(values, row, type.precision()), type.scale());
      return;
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: *out += values.string(row); return;
    case TypeId::kBinary: AppendBinary(values.string(row), out); return;
    case TypeId::kDate: *out += spark::DateText(values.data<int32_t>()[row]); return;
    case TypeId::kTimestamp: *out += spark::TimestampText(zone_.ToLocal(values.data<int64_t>()[row])); return;
    case TypeId::kTimestampNtz: *out += spark::TimestampText(values.data<int64_t>()[row]); return;
    case TypeId::kYearMonthInterval: *out += IntervalText(values.data<int32_t>()[row], type); return;
    case TypeId::kDayTimeInterval: *out += IntervalText(values.data<int64_t>()[row], type); return;
    case TypeId::kArray: AppendList(type, values, row, out); return;
    case TypeId::kMap: AppendMap(type, values, row, out); return;
    case TypeId::kStruct: AppendStruct(type, values, row, out); return;
    default: throw spark::Error::Decline("showing values of type " + type.simple_string());
  }
}

void PrettyText::AppendList(const DataType& type, const VectorView& values, idx_t row, std::string* out) {
  const duckdb_list_entry entry = values.data<duckdb_list_entry>()[row];
  const VectorView elements = values.list_child();
  *out += '[';
  for (idx_t i = 0; i < entry.length; ++i) {
    if (i > 0) *out += ", ";
    Append(type.element(), elements, entry.offset + i, out);
  }
  *out += ']';
}

void PrettyText::AppendMap(const DataType& type, const VectorView& values, idx_t row, std::string* out) {
  const duckdb_list_entry entry = values.data<duckdb_list_entry>()[row];
  const VectorView entries = values.list_child();
  const VectorView keys = entries.struct_child(0);
  const VectorView mapped = entries.struct_child(1);
  *out += '{';
  for (idx_t i = 0; i < entry.length; ++i) {
    if (i > 0) *out += ", ";
    Append(type.key(), keys, entry.offset + i, out);
    *out += " -> ";
    Append(type.value(), mapped, entry.offset + i, out);
  }
  *out += '}';
}

void PrettyText::AppendStruct(const DataType& type, const VectorView& values, idx_t row, std::string* out) {
  *out += '{';
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (i > 0) *out += ", ";
    Append(type.fields()[i].type, values.struct_child(i), row, out);
  }
  *out += '}';
}

}  // namespace hearth::engine
