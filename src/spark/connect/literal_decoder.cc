#include "spark/connect/literal_decoder.h"

#include <algorithm>
#include <utility>

#include "spark/connect/data_type_proto.h"
#include "spark/connect/decimal_text.h"
#include "spark/connect/expressions.pb.h"
#include "spark/connect/invalid_plan.h"

// Older clients send the fields that the protocol calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;
using Message = proto::Expression_Literal;

Literal Whole(int64_t value, DataType type) { return {Value{value}, std::move(type)}; }

// The type that a message states for itself if it is of the expected kind, else `otherwise`.
DataType StatedType(const Message& message, DataType otherwise) {
  if (!message.has_data_type()) return otherwise;
  DataType stated = DecodeDataType(message.data_type());
  return stated.Is(otherwise.id()) ? stated : otherwise;
}

// Precision and scale of the message widen those of the text, never narrow them.
Literal DecodeDecimalLiteral(const Message::Decimal& message) {
  const auto parsed = ParseDecimal(message.value());
  if (!parsed) throw Error::Decline("the decimal literal " + message.value());
  const int scale = std::max(parsed->scale, message.has_scale() ? message.scale() : 0);
  const int precision =
      std::max({parsed->precision, message.has_precision() ? message.precision() : 0, scale});
  const auto value = Rescale(parsed->value, parsed->scale, scale);
  if (!value || precision > DataType::kMaxPrecision || DecimalDigits(value->unscaled) > precision) {
    throw Error::Decline("the decimal literal " + message.value());
  }
  return {Value{*value}, DataType::Decimal(precision, scale)};
}

// An item inside a literal must have the type that the outer one states: nothing casts values down there.
Value DecodeItem(const Message& message, const DataType& type) {
  Literal item = DecodeLiteral(message);
  if (item.value.IsNull()) return Value{};
  if (item.type.Is(TypeId::kDecimal) && type.Is(TypeId::kDecimal)) {
    const auto value = Rescale(item.value.As<Decimal>(), item.type.scale(), type.scale());
    if (value && item.type.scale() <= type.scale() && DecimalDigits(value->unscaled) <= type.precision()) {
      return Value{*value};
    }
  }
  if (!SameType(item.type, type)) {
    throw InvalidPlan("INCOMPATIBLE_LITERAL_DATA_TYPE",
                      {{"dataTypeKindCase", type.sql()}, {"literalTypeCase", item.type.sql()}});
  }
  return std::move(item.value);
}

Literal DecodeArrayLiteral(const Message& message) {
  const Message::Array& array = message.array();
  DataType type;
  if (message.has_data_type()) {
    type = DecodeDataType(message.data_type());
  } else if (array.has_element_type()) {
    type = DataType::Array(DecodeDataType(array.element_type()), true);
  }
  if (!type.Is(TypeId::kArray)) throw InvalidPlan("ARRAY_LITERAL_MISSING_DATA_TYPE");
  ValueList list;
  for (const Message& element : array.elements()) list.items.push_back(DecodeItem(element, type.element()));
  return {Value{std::move(list)}, std::move(type)};
}

Literal DecodeMapLiteral(const Message& message) {
  const Message::Map& map = message.map();
  DataType type;
  if (message.has_data_type()) {
    type = DecodeDataType(message.data_type());
  } else if (map.has_key_type() && map.has_value_type()) {
    type = DataType::Map(DecodeDataType(map.key_type()), DecodeDataType(map.value_type()), true);
  }
  if (!type.Is(TypeId::kMap) || map.keys_size() != map.values_size())
    throw InvalidPlan("MAP_LITERAL_MISSING_DATA_TYPE");
  ValueList list;
  for (int i = 0; i < map.keys_size(); ++i) {
    list.items.push_back(DecodeItem(map.keys(i), type.key()));
    list.items.push_back(DecodeItem(map.values(i), type.value()));
  }
  return {Value{std::move(list)}, std::move(type)};
}

Literal DecodeStructLiteral(const Message& message) {
  const Message::Struct& value = message.struct_();
  DataType type;
  if (message.has_data_type()) {
    type = DecodeDataType(message.data_type());
  } else if (value.has_struct_type()) {
    type = DecodeDataType(value.struct_type());
  }
  if (!type.Is(TypeId::kStruct) || static_cast<size_t>(value.elements_size()) != type.fields().size()) {
    throw InvalidPlan("STRUCT_LITERAL_MISSING_DATA_TYPE");
  }
  ValueList list;
  for (int i = 0; i < value.elements_size(); ++i) {
    list.items.push_back(DecodeItem(value.elements(i), type.fields()[static_cast<size_t>(i)].type));
  }
  return {Value{std::move(list)}, std::move(type)};
}

// One value of an array of plain numbers or strings, as the element type keeps it.
template <typename Repeated, typename Make>
Literal DecodeSpecialized(const Repeated& values, DataType type, Make make) {
  ValueList list;
  list.items.reserve(static_cast<size_t>(values.size()));
  for (const auto& value : values) list.items.push_back(Value{make(value)});
  return {Value{std::move(list)}, std::move(type)};
}

Literal DecodeSpecializedArray(const Message& message) {
  const DataType stated = message.has_data_type() ? DecodeDataType(message.data_type()) : DataType::Null();
  const auto& array = message.specialized_array();
  const auto whole = [](auto value) { return static_cast<int64_t>(value); };
  const auto same = [](const auto& value) { return value; };
  if (stated.Is(TypeId::kArray)) {
    const TypeId element = stated.element().id();
    using Array = Message::SpecializedArray;
    switch (array.value_type_case()) {
      case Array::kBools:
        if (element != TypeId::kBoolean) break;
        return DecodeSpecialized(array.bools().values(), stated, same);
      case Array::kInts:
        if (element != TypeId::kByte && element != TypeId::kShort && element != TypeId::kInteger) break;
        return DecodeSpecialized(array.ints().values(), stated, whole);
      case Array::kLongs:
        if (element != TypeId::kLong) break;
        return DecodeSpecialized(array.longs().values(), stated, whole);
      case Array::kFloats:
        if (element != TypeId::kFloat) break;
        return DecodeSpecialized(array.floats().values(), stated, same);
      case Array::kDoubles:
        if (element != TypeId::kDouble) break;
        return DecodeSpecialized(array.doubles().values(), stated, same);
      case Array::kStrings:
        if (element != TypeId::kString) break;
        return DecodeSpecialized(array.strings().values(), stated, same);
      case Array::VALUE_TYPE_NOT_SET: break;
    }
  }
  throw InvalidPlan("UNSUPPORTED_LITERAL_TYPE", {{"typeInfo", "SPECIALIZED_ARRAY(25)"}});
}

}  // namespace

Literal DecodeLiteral(const Message& message) {
  switch (message.literal_type_case()) {
    case Message::kNull: return {Value{}, DecodeDataType(message.null())};
    case Message::kBinary: return {Value{message.binary()}, DataType::Binary()};
    case Message::kBoolean: return {Value{message.boolean()}, DataType::Boolean()};
    // Java narrows by wrapping around, so a byte of 300 is 44 there too.
    case Message::kByte: return Whole(static_cast<int8_t>(message.byte()), DataType::Byte());
    case Message::kShort: return Whole(static_cast<int16_t>(message.short_()), DataType::Short());
    case Message::kInteger: return Whole(message.integer(), DataType::Integer());
    case Message::kLong: return Whole(message.long_(), DataType::Long());
    case Message::kFloat: return {Value{message.float_()}, DataType::Float()};
    case Message::kDouble: return {Value{message.double_()}, DataType::Double()};
    case Message::kDecimal: return DecodeDecimalLiteral(message.decimal());
    case Message::kString: return {Value{message.string()}, StatedType(message, DataType::String())};
    case Message::kDate: return Whole(message.date(), DataType::Date());
    case Message::kTimestamp: return Whole(message.timestamp(), DataType::Timestamp());
    case Message::kTimestampNtz: return Whole(message.timestamp_ntz(), DataType::TimestampNtz());
    case Message::kTime:
      return Whole(message.time().nano(),
                   DataType::Time(message.time().has_precision() ? message.time().precision() : 6));
    case Message::kCalendarInterval: {
      const auto& interval = message.calendar_interval();
      return {Value{CalendarIntervalValue{interval.months(), interval.days(), interval.microseconds()}},
              DataType::CalendarInterval()};
    }
    case Message::kYearMonthInterval:
      return Whole(message.year_month_interval(), StatedType(message, DataType::YearMonthInterval()));
    case Message::kDayTimeInterval:
      return Whole(message.day_time_interval(), StatedType(message, DataType::DayTimeInterval()));
    case Message::kArray: return DecodeArrayLiteral(message);
    case Message::kMap: return DecodeMapLiteral(message);
    case Message::kStruct: return DecodeStructLiteral(message);
    case Message::kSpecializedArray: return DecodeSpecializedArray(message);
    case Message::LITERAL_TYPE_NOT_SET: break;
  }
  throw InvalidPlan("UNSUPPORTED_LITERAL_TYPE", {{"typeInfo", "LITERALTYPE_NOT_SET(0)"}});
}

}  // namespace hearth::spark
