#include "engine/arrow/arrow_schema.h"

#include <nanoarrow/nanoarrow_ipc.hpp>

#include <map>

#include "base/check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::StructField;
using spark::TypeId;

void Set(ArrowErrorCode code) { HEARTH_CHECK(code == NANOARROW_OK) << "nanoarrow error " << code; }

class SchemaBuilder {
 public:
  explicit SchemaBuilder(const ArrowSchemaOptions& options) : options_(options) {}

  void SetStruct(const DataType& type, const std::vector<std::string>& names, ArrowSchema* out) const {
    const std::vector<StructField>& fields = type.fields();
    Set(ArrowSchemaSetTypeStruct(out, static_cast<int64_t>(fields.size())));
    for (size_t i = 0; i < fields.size(); ++i) {
      SetField(fields[i].type, names[i], fields[i].nullable, out->children[i]);
    }
  }

 private:
  void SetField(const DataType& type, const std::string& name, bool nullable, ArrowSchema* out) const {
    SetType(type, out);
    Set(ArrowSchemaSetName(out, name.c_str()));
    if (nullable) {
      out->flags |= ARROW_FLAG_NULLABLE;
    } else {
      out->flags &= ~ARROW_FLAG_NULLABLE;
    }
  }

  void SetType(const DataType& type, ArrowSchema* out) const {
    switch (type.id()) {
      case TypeId::kDecimal:
        return Set(ArrowSchemaSetTypeDecimal(out, NANOARROW_TYPE_DECIMAL128, type.precision(), type.scale()));
      case TypeId::kTimestamp:
        return Set(ArrowSchemaSetTypeDateTime(out, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO,
                                              options_.time_zone.c_str()));
      case TypeId::kTimestampNtz:
        return Set(
            ArrowSchemaSetTypeDateTime(out, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO, nullptr));
      case TypeId::kTime:
        return Set(ArrowSchemaSetTypeDateTime(out, NANOARROW_TYPE_TIME64, NANOARROW_TIME_UNIT_NANO, nullptr));
      case TypeId::kDayTimeInterval:
        return Set(
            ArrowSchemaSetTypeDateTime(out, NANOARROW_TYPE_DURATION, NANOARROW_TIME_UNIT_MICRO, nullptr));
      case TypeId::kArray:
        Set(ArrowSchemaSetType(out, NANOARROW_TYPE_LIST));
        return SetField(type.element(), "element", type.contains_null(), out->children[0]);
      case TypeId::kMap: return SetMap(type, out);
      case TypeId::kStruct: return SetStruct(type, DistinctFieldNames(type), out);
      default: return Set(ArrowSchemaSetType(out, PlainType(type)));
    }
  }

  void SetMap(const DataType& type, ArrowSchema* out) const {
    Set(ArrowSchemaSetType(out, NANOARROW_TYPE_MAP));
    ArrowSchema* entries = out->children[0];
    Set(ArrowSchemaSetName(entries, "entries"));
    entries->flags &= ~ARROW_FLAG_NULLABLE;
    SetField(type.key(), "key", false, entries->children[0]);
    SetField(type.value(), "value", type.contains_null(), entries->children[1]);
  }

  ArrowType PlainType(const DataType& type) const {
    switch (type.id()) {
      case TypeId::kNull: return NANOARROW_TYPE_NA;
      case TypeId::kBoolean: return NANOARROW_TYPE_BOOL;
      case TypeId::kByte: return NANOARROW_TYPE_INT8;
      case TypeId::kShort: return NANOARROW_TYPE_INT16;
      case TypeId::kInteger: return NANOARROW_TYPE_INT32;
      case TypeId::kLong: return NANOARROW_TYPE_INT64;
      case TypeId::kFloat: return NANOARROW_TYPE_FLOAT;
      case TypeId::kDouble: return NANOARROW_TYPE_DOUBLE;
      case TypeId::kString:
      case TypeId::kChar:
      case TypeId::kVarchar:
        return options_.large_var_types ? NANOARROW_TYPE_LARGE_STRING : NANOARROW_TYPE_STRING;
      case TypeId::kBinary:
        return options_.large_var_types ? NANOARROW_TYPE_LARGE_BINARY : NANOARROW_TYPE_BINARY;
      case TypeId::kDate: return NANOARROW_TYPE_DATE32;
      case TypeId::kYearMonthInterval: return NANOARROW_TYPE_INTERVAL_MONTHS;
      case TypeId::kCalendarInterval: return NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO;
      default: throw spark::Error::Decline("results of type " + type.sql());
    }
  }

  const ArrowSchemaOptions& options_;
};

class SchemaReader {
 public:
  static DataType ReadStruct(const ArrowSchema& schema) {
    std::vector<StructField> fields;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      const ArrowSchema& child = *schema.children[i];
      fields.push_back({child.name == nullptr ? "" : child.name, Read(child), IsNullable(child)});
    }
    return DataType::Struct(std::move(fields));
  }

 private:
  static bool IsNullable(const ArrowSchema& schema) { return (schema.flags & ARROW_FLAG_NULLABLE) != 0; }

  static DataType Read(const ArrowSchema& field) {
    const ArrowSchema& schema = field.dictionary == nullptr ? field : *field.dictionary;
    ArrowSchemaView view;
    if (ArrowSchemaViewInit(&view, &schema, nullptr) != NANOARROW_OK) Unsupported(schema);
    switch (view.type) {
      case NANOARROW_TYPE_DECIMAL128:
        // Arrow allows what no Spark decimal can be.
        if (view.decimal_precision < 1 || view.decimal_precision > DataType::kMaxPrecision ||
            view.decimal_scale < 0 || view.decimal_scale > view.decimal_precision) {
          Unsupported(schema);
        }
        return DataType::Decimal(view.decimal_precision, view.decimal_scale);
      case NANOARROW_TYPE_TIMESTAMP:
        if (view.time_unit != NANOARROW_TIME_UNIT_MICRO) Unsupported(schema);
        return view.timezone == nullptr || *view.timezone == '\0' ? DataType::TimestampNtz()
                                                                  : DataType::Timestamp();
      case NANOARROW_TYPE_DURATION:
        if (view.time_unit != NANOARROW_TIME_UNIT_MICRO) Unsupported(schema);
        return DataType::DayTimeInterval();
      case NANOARROW_TYPE_LIST:
      case NANOARROW_TYPE_LARGE_LIST:
      case NANOARROW_TYPE_FIXED_SIZE_LIST:
        return DataType::Array(Read(*schema.children[0]), IsNullable(*schema.children[0]));
      case NANOARROW_TYPE_MAP: {
        const ArrowSchema& entries = *schema.children[0];
        return DataType::Map(Read(*entries.children[0]), Read(*entries.children[1]),
                             IsNullable(*entries.children[1]));
      }
      case NANOARROW_TYPE_STRUCT: return ReadStruct(schema);
      default: return ReadPlain(view.type, schema);
    }
  }

  static DataType ReadPlain(ArrowType type, const ArrowSchema& schema) {
    switch (type) {
      case NANOARROW_TYPE_NA: return DataType::Null();
      case NANOARROW_TYPE_BOOL: return DataType::Boolean();
      case NANOARROW_TYPE_INT8: return DataType::Byte();
      case NANOARROW_TYPE_INT16: return DataType::Short();
      case NANOARROW_TYPE_INT32: return DataType::Integer();
      case NANOARROW_TYPE_INT64: return DataType::Long();
      case NANOARROW_TYPE_FLOAT: return DataType::Float();
      case NANOARROW_TYPE_DOUBLE: return DataType::Double();
      case NANOARROW_TYPE_STRING:
      case NANOARROW_TYPE_LARGE_STRING: return DataType::String();
      case NANOARROW_TYPE_BINARY:
      case NANOARROW_TYPE_LARGE_BINARY: return DataType::Binary();
      case NANOARROW_TYPE_DATE32: return DataType::Date();
      case NANOARROW_TYPE_INTERVAL_MONTHS: return DataType::YearMonthInterval();
      default: Unsupported(schema);
    }
  }

  [[noreturn]] static void Unsupported(const ArrowSchema& schema) {
    throw spark::Error::Decline("local data of Arrow type '" +
                                std::string(schema.format == nullptr ? "" : schema.format) + "'");
  }
};

std::vector<std::string> FieldNames(const DataType& type) {
  std::vector<std::string> names;
  for (const StructField& field : type.fields()) names.push_back(field.name);
  return names;
}

}  // namespace

nanoarrow::UniqueSchema ToArrowSchema(const DataType& schema, const ArrowSchemaOptions& options) {
  HEARTH_CHECK(schema.Is(TypeId::kStruct));
  nanoarrow::UniqueSchema out;
  ArrowSchemaInit(out.get());
  SchemaBuilder(options).SetStruct(schema, FieldNames(schema), out.get());
  return out;
}

DataType FromArrowSchema(const ArrowSchema& schema) { return SchemaReader::ReadStruct(schema); }

std::vector<uint8_t> EncodeSchemaMessage(const ArrowSchema& schema) {
  nanoarrow::ipc::UniqueEncoder encoder;
  Set(ArrowIpcEncoderInit(encoder.get()));
  ArrowError error;
  const ArrowErrorCode code = ArrowIpcEncoderEncodeSchema(encoder.get(), &schema, &error);
  HEARTH_CHECK(code == NANOARROW_OK) << ArrowErrorMessage(&error);
  nanoarrow::UniqueBuffer buffer;
  Set(ArrowIpcEncoderFinalizeBuffer(encoder.get(), /*encapsulate=*/1, buffer.get()));
  return {buffer->data, buffer->data + buffer->size_bytes};
}

std::vector<std::string> DistinctFieldNames(const DataType& type) {
  std::vector<std::string> names = FieldNames(type);
  std::map<std::string, int> counts;
  for (const std::string& name : names) ++counts[name];
  std::map<std::string, int> next;
  for (std::string& name : names) {
    if (counts[name] > 1) name += '_' + std::to_string(next[name]++);
  }
  return names;
}

}  // namespace hearth::engine
