#include "spark/connect/data_type_proto.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/types.pb.h"
#include "spark/error.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;

// What Spark's own types refuse, in its order; but for a precision of 0, which nothing can have.
DataType DecodeDecimal(const proto::DataType::Decimal& message) {
  constexpr int kDefaultPrecision = 10;
  const int precision = message.has_precision() ? message.precision() : kDefaultPrecision;
  const int scale = message.has_scale() ? message.scale() : 0;
  if (scale < 0) {
    throw Error(ExceptionKind::kAnalysis, "NEGATIVE_SCALE_DISALLOWED",
                {{"scale", std::to_string(scale)},
                 {"sqlConf", QuoteDouble("spark.sql.legacy.allowNegativeScaleOfDecimal")}});
  }
  if (scale > precision) {
    throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1228",
                {{"scale", std::to_string(scale)}, {"precision", std::to_string(precision)}});
  }
  if (precision > DataType::kMaxPrecision) {
    throw Error(ExceptionKind::kArithmetic, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                {{"precision", std::to_string(precision)},
                 {"maxPrecision", std::to_string(DataType::kMaxPrecision)}});
  }
  if (precision == 0) throw Error::Decline("decimals without digits");
  return DataType::Decimal(precision, scale);
}

DataType DecodeTime(const proto::DataType::Time& message) {
  constexpr int kMostDigits = 6;
  const int precision = message.has_precision() ? message.precision() : kMostDigits;
  if (precision < 0 || precision > kMostDigits) {
    throw Error(ExceptionKind::kSpark, "UNSUPPORTED_TIME_PRECISION",
                {{"precision", std::to_string(precision)}});
  }
  return DataType::Time(precision);
}

int LengthOf(int length, const char* type) {
  if (length >= 0) return length;
  throw Error::WithMessage(
      ExceptionKind::kJavaIllegalArgument, "", "", {},
      std::string("requirement failed: The length of ") + type + " type cannot be negative.");
}

DataType DecodeString(const proto::DataType::String& message) {
  if (message.collation().empty() || message.collation() == "UTF8_BINARY") return DataType::String();
  return DataType::Collated(message.collation());
}

// Any number may come: `names` are those that there are.
IntervalField DecodeField(int number, const char* kind, const std::vector<std::string>& names) {
  if (number >= 0 && static_cast<size_t>(number) < names.size()) return static_cast<IntervalField>(number);
  std::string supported;
  for (size_t i = 0; i < names.size(); ++i) {
    supported += (i == 0 ? "" : ", ") + std::to_string(i) + " (" + names[i] + ")";
  }
  throw Error(ExceptionKind::kSpark, "INTERNAL_ERROR",
              {{"message", "Invalid field id '" + std::to_string(number) + "' in " + kind +
                               " interval. Supported interval fields: " + supported + "."}});
}
// The first and the last field of an interval type: `widest` if neither is stated, the same one if only a
// start is. An end without a start counts for nothing, as in Spark.
template <typename Interval>
std::pair<IntervalField, IntervalField> DecodeFields(const Interval& message, const char* kind,
                                                     const std::vector<std::string>& names) {
  if (!message.has_start_field()) return {IntervalField::kYear, static_cast<IntervalField>(names.size() - 1)};
  const IntervalField start = DecodeField(message.start_field(), kind, names);
  const IntervalField end = message.has_end_field() ? DecodeField(message.end_field(), kind, names) : start;
  if (start <= end) return {start, end};
  throw Error(ExceptionKind::kAnalysis, "_LEGACY_ERROR_TEMP_1224",
              {{"startFieldName", names[static_cast<size_t>(start)]},
               {"endFieldName", names[static_cast<size_t>(end)]}});
}

DataType DecodeYearMonth(const proto::DataType::YearMonthInterval& message) {
  const auto [start, end] = DecodeFields(message, "year-month", {"year", "month"});
  return DataType::YearMonthInterval(start, end);
}

DataType DecodeDayTime(const proto::DataType::DayTimeInterval& message) {
  const auto [start, end] = DecodeFields(message, "day-time", {"day", "hour", "minute", "second"});
  return DataType::DayTimeInterval(start, end);
}

DataType DecodeStruct(const proto::DataType::Struct& message) {
  std::vector<StructField> fields;
  fields.reserve(static_cast<size_t>(message.fields_size()));
  for (const auto& field : message.fields()) {
    const bool has_metadata = field.has_metadata() && field.metadata() != "{}";
    fields.push_back({field.name(), DecodeDataType(field.data_type()), field.nullable(),
                      has_metadata ? field.metadata() : std::string()});
  }
  return DataType::Struct(std::move(fields));
}

void EncodeStruct(const DataType& type, proto::DataType::Struct* message) {
  for (const StructField& field : type.fields()) {
    auto* out = message->add_fields();
    out->set_name(field.name);
    EncodeDataType(field.type, out->mutable_data_type());
    out->set_nullable(field.nullable);
    if (!field.metadata.empty()) out->set_metadata(field.metadata);
  }
}

}  // namespace

DataType DecodeDataType(const proto::DataType& message) {
  using Message = proto::DataType;
  switch (message.kind_case()) {
    case Message::kNull: return DataType::Null();
    case Message::kBinary: return DataType::Binary();
    case Message::kBoolean: return DataType::Boolean();
    case Message::kByte: return DataType::Byte();
    case Message::kShort: return DataType::Short();
    case Message::kInteger: return DataType::Integer();
    case Message::kLong: return DataType::Long();
    case Message::kFloat: return DataType::Float();
    case Message::kDouble: return DataType::Double();
    case Message::kDecimal: return DecodeDecimal(message.decimal());
    case Message::kString: return DecodeString(message.string());
    case Message::kChar: return DataType::Char(LengthOf(message.char_().length(), "char"));
    case Message::kVarChar: return DataType::Varchar(LengthOf(message.var_char().length(), "varchar"));
    case Message::kDate: return DataType::Date();
    case Message::kTimestamp: return DataType::Timestamp();
    case Message::kTimestampNtz: return DataType::TimestampNtz();
    case Message::kTime: return DecodeTime(message.time());
    case Message::kCalendarInterval: return DataType::CalendarInterval();
    case Message::kYearMonthInterval: return DecodeYearMonth(message.year_month_interval());
    case Message::kDayTimeInterval: return DecodeDayTime(message.day_time_interval());
    case Message::kArray:
      return DataType::Array(DecodeDataType(message.array().element_type()), message.array().contains_null());
    case Message::kMap:
      return DataType::Map(DecodeDataType(message.map().key_type()),
                           DecodeDataType(message.map().value_type()), message.map().value_contains_null());
    case Message::kStruct: return DecodeStruct(message.struct_());
    case Message::kVariant: return DataType(TypeId::kVariant);
    case Message::kUnparsed: return ParseDataType(message.unparsed().data_type_string());
    case Message::kUdt: throw Error::Decline("user-defined types");
    case Message::kGeometry: throw Error::Decline("the type geometry");
    case Message::kGeography: throw Error::Decline("the type geography");
    case Message::KIND_NOT_SET: break;
  }
  throw InvalidPlan("DATA_TYPE_UNSUPPORTED_PROTO_TO_CATALYST", {{"kindCase", "KIND_NOT_SET"}});
}

void EncodeDataType(const DataType& type, proto::DataType* message) {
  switch (type.id()) {
    case TypeId::kNull: message->mutable_null(); return;
    case TypeId::kBoolean: message->mutable_boolean(); return;
    case TypeId::kByte: message->mutable_byte(); return;
    case TypeId::kShort: message->mutable_short_(); return;
    case TypeId::kInteger: message->mutable_integer(); return;
    case TypeId::kLong: message->mutable_long_(); return;
    case TypeId::kFloat: message->mutable_float_(); return;
    case TypeId::kDouble: message->mutable_double_(); return;
    case TypeId::kDecimal:
      message->mutable_decimal()->set_precision(type.precision());
      message->mutable_decimal()->set_scale(type.scale());
      return;
    case TypeId::kString:
      // The default collation goes without its name, as from Spark.
      message->mutable_string()->set_collation(type.collation());
      return;
    case TypeId::kChar: message->mutable_char_()->set_length(type.length()); return;
    case TypeId::kVarchar: message->mutable_var_char()->set_length(type.length()); return;
    case TypeId::kBinary: message->mutable_binary(); return;
    case TypeId::kDate: message->mutable_date(); return;
    case TypeId::kTimestamp: message->mutable_timestamp(); return;
    case TypeId::kTimestampNtz: message->mutable_timestamp_ntz(); return;
    case TypeId::kTime: message->mutable_time()->set_precision(type.precision()); return;
    case TypeId::kCalendarInterval: message->mutable_calendar_interval(); return;
    case TypeId::kYearMonthInterval:
      message->mutable_year_month_interval()->set_start_field(static_cast<int>(type.start_field()));
      message->mutable_year_month_interval()->set_end_field(static_cast<int>(type.end_field()));
      return;
    case TypeId::kDayTimeInterval:
      message->mutable_day_time_interval()->set_start_field(static_cast<int>(type.start_field()));
      message->mutable_day_time_interval()->set_end_field(static_cast<int>(type.end_field()));
      return;
    case TypeId::kArray:
      EncodeDataType(type.element(), message->mutable_array()->mutable_element_type());
      message->mutable_array()->set_contains_null(type.contains_null());
      return;
    case TypeId::kMap:
      EncodeDataType(type.key(), message->mutable_map()->mutable_key_type());
      EncodeDataType(type.value(), message->mutable_map()->mutable_value_type());
      message->mutable_map()->set_value_contains_null(type.contains_null());
      return;
    case TypeId::kStruct: EncodeStruct(type, message->mutable_struct_()); return;
    case TypeId::kVariant: message->mutable_variant(); return;
  }
  HEARTH_CHECK(false) << "a type without a message: " << type.sql();
}

}  // namespace hearth::spark
