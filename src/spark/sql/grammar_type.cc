// Data types and column definitions.
#include <charconv>
#include <optional>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

namespace {

std::string MetadataWithComment(const std::string& comment) {
  // Written by the schema's own JSON printer, so that escapes agree: the name of a field is a JSON string.
  const std::string json = DataType::Struct({{comment, DataType::Null(), true, ""}}).json();
  constexpr std::string_view kBefore = R"({"type":"struct","fields":[{"name":)";
  constexpr std::string_view kAfter = R"(,"type":"void","nullable":true,"metadata":{}}]})";
  return R"({"comment":)" + json.substr(kBefore.size(), json.size() - kBefore.size() - kAfter.size()) + "}";
}

std::optional<IntervalField> DayTimeField(Keyword keyword) {
  switch (keyword) {
    case kDay: return IntervalField::kDay;
    case kHour: return IntervalField::kHour;
    case kMinute: return IntervalField::kMinute;
    case kSecond: return IntervalField::kSecond;
    default: return std::nullopt;
  }
}

std::optional<IntervalField> YearMonthField(Keyword keyword) {
  switch (keyword) {
    case kYear: return IntervalField::kYear;
    case kMonth: return IntervalField::kMonth;
    default: return std::nullopt;
  }
}

std::optional<DataType> PlainType(const std::string& name) {
  if (name == "BOOLEAN") return DataType::Boolean();
  if (name == "TINYINT" || name == "BYTE") return DataType::Byte();
  if (name == "SMALLINT" || name == "SHORT") return DataType::Short();
  if (name == "INT" || name == "INTEGER") return DataType::Integer();
  if (name == "BIGINT" || name == "LONG") return DataType::Long();
  if (name == "FLOAT" || name == "REAL") return DataType::Float();
  if (name == "DOUBLE") return DataType::Double();
  if (name == "DATE") return DataType::Date();
  if (name == "TIMESTAMP" || name == "TIMESTAMP_LTZ") return DataType::Timestamp();
  if (name == "TIMESTAMP_NTZ") return DataType::TimestampNtz();
  if (name == "STRING") return DataType::String();
  if (name == "BINARY") return DataType::Binary();
  if (name == "DECIMAL" || name == "DEC" || name == "NUMERIC") return DataType::Decimal(10, 0);
  if (name == "VOID") return DataType::Null();
  if (name == "INTERVAL") return DataType::CalendarInterval();
  if (name == "VARIANT") return DataType(TypeId::kVariant);
  if (name == "TIME") return DataType::Time(6);
  return std::nullopt;
}

}  // namespace

DataType Grammar::Type() {
  const Level level(this);
  if (in_.Is(kArray) && in_.IsSymbol("<", 1)) {
    in_.Take();
    in_.Take();
    DataType element = Type();
    if (!in_.AcceptClosingAngle()) in_.Fail();
    return DataType::Array(std::move(element), true);
  }
  if (in_.Is(kMap) && in_.IsSymbol("<", 1)) {
    in_.Take();
    in_.Take();
    DataType key = Type();
    in_.ExpectSymbol(",");
    DataType value = Type();
    if (!in_.AcceptClosingAngle()) in_.Fail();
    return DataType::Map(std::move(key), std::move(value), true);
  }
  if (in_.Is(kStruct) && (in_.IsSymbol("<", 1) || in_.IsSymbol("<>", 1))) return StructType();
  if (in_.Is(kInterval)) return IntervalType();
  return PrimitiveType();
}

DataType Grammar::StructType() {
  in_.Take();
  if (in_.AcceptSymbol("<>")) return DataType::Struct({});
  in_.ExpectSymbol("<");
  if (in_.AcceptClosingAngle()) return DataType::Struct({});
  std::vector<StructField> fields = CommaList([this] { return ColumnDefinition(/*in_struct=*/true); });
  if (!in_.AcceptClosingAngle()) in_.Fail();
  return DataType::Struct(std::move(fields));
}

// TIME and TIMESTAMP may say WITHOUT TIME ZONE.
DataType Grammar::WithoutZone(const DataType& type) {
  const bool may_say_so = type.Is(TypeId::kTime) || type.Is(TypeId::kTimestamp);
  if (!may_say_so || in_.Word() != "WITHOUT" || !in_.Is(kTime, 1) || !in_.Is(kZone, 2)) return type;
  in_.Take();
  in_.Accept(kTime, kZone);
  return type.Is(TypeId::kTimestamp) ? DataType::TimestampNtz() : type;
}

DataType Grammar::IntervalType() {
  const size_t first = in_.position();
  in_.Take();
  const auto take_field = [this](auto reader) -> std::optional<IntervalField> {
    const auto field = reader(in_.Peek().keyword);
    if (field) in_.Take();
    return field;
  };
  const auto take_end = [&](auto reader, IntervalField start) {
    const auto end = in_.Is(kTo) ? reader(in_.Peek(1).keyword) : std::nullopt;
    // No interval type ends with its first field, so TO YEAR and TO DAY are no part of it.
    if (!end || *end == IntervalField::kDay) return start;
    in_.Take();
    in_.Take();
    if (*end <= start) {
      throw ErrorOver(in_.OriginFrom(first), "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION",
                      {{"input", in_.TextFrom(first)}, {"from", ""}, {"to", ""}});
    }
    return *end;
  };
  if (const auto start = take_field(YearMonthField)) {
    return DataType::YearMonthInterval(*start, take_end(YearMonthField, *start));
  }
  if (const auto start = take_field(DayTimeField)) {
    return DataType::DayTimeInterval(*start, take_end(DayTimeField, *start));
  }
  return DataType::CalendarInterval();
}

DataType Grammar::PrimitiveType() {
  const size_t first = in_.position();
  std::string name = in_.Word();
  const std::string written = Identifier();
  if (name.empty()) name = written;
  std::vector<int64_t> arguments;
  if (in_.AcceptSymbol("(")) {
    arguments = CommaList([this] {
      if (in_.Peek().kind != TokenKind::kInteger) in_.Fail();
      const std::string_view digits = in_.Take().text;
      int64_t value = INT64_MAX;  // what does not fit is too large anyway
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return value;
    });
    in_.ExpectSymbol(")");
  }
  const auto unsupported = [&] {
    std::string type = name;
    if (!arguments.empty()) {
      type += "(";
      for (size_t i = 0; i < arguments.size(); ++i) type += (i > 0 ? "," : "") + std::to_string(arguments[i]);
      type += ")";
    }
    return ErrorOver(in_.OriginFrom(first), "UNSUPPORTED_DATATYPE", {{"typeName", QuoteDouble(type)}});
  };
  const auto fits = [](int64_t length) { return length >= 0 && length <= INT32_MAX; };
  const bool is_char = name == "CHAR" || name == "CHARACTER";
  if (is_char || name == "VARCHAR") {
    if (arguments.empty()) {
      throw ErrorOver(in_.OriginFrom(first), "DATATYPE_MISSING_SIZE", {{"type", QuoteDouble(name)}});
    }
    if (arguments.size() != 1 || !fits(arguments[0])) throw unsupported();
    const auto length = static_cast<int>(arguments[0]);
    return is_char ? DataType::Char(length) : DataType::Varchar(length);
  }
  if (name == "ARRAY" || name == "MAP" || name == "STRUCT") {
    Error::Parameters parameters;
    if (name == "ARRAY") parameters["elementType"] = "<INT>";
    throw ErrorOver(in_.OriginFrom(first), "INCOMPLETE_TYPE_DEFINITION." + name, std::move(parameters));
  }
  if (name == "GEOMETRY" || name == "GEOGRAPHY")
    throw Error::Decline("the type " + name, in_.OriginFrom(first));
  const auto plain = PlainType(name);
  if (!plain) throw unsupported();
  if (plain->Is(TypeId::kString) && in_.Accept(kCollate)) return DataType::Collated(Identifier());
  if (arguments.empty()) return WithoutZone(*plain);
  if (plain->Is(TypeId::kTime) && arguments.size() == 1) {
    if (arguments[0] > 6) {
      throw Error(ExceptionKind::kSpark, "UNSUPPORTED_TIME_PRECISION",
                  {{"precision", std::to_string(arguments[0])}});
    }
    return DataType::Time(static_cast<int>(arguments[0]));
  }
  if (!plain->Is(TypeId::kDecimal) || arguments.size() > 2) throw unsupported();
  const int64_t scale = arguments.size() == 2 ? arguments[1] : 0;
  if (arguments[0] > DataType::kMaxPrecision) {
    throw Error(ExceptionKind::kArithmetic, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                {{"precision", std::to_string(arguments[0])}, {"maxPrecision", "38"}});
  }
  if (arguments[0] < 1) throw unsupported();
  if (scale > arguments[0]) {
    throw ErrorIn(in_.text(), "_LEGACY_ERROR_TEMP_1228",
                  {{"scale", std::to_string(scale)}, {"precision", std::to_string(arguments[0])}});
  }
  return DataType::Decimal(static_cast<int>(arguments[0]), static_cast<int>(scale));
}

StructField Grammar::ColumnDefinition(bool in_struct) {
  StructField field;
  field.name = ErrorCapturingIdentifier();
  if (in_struct) in_.AcceptSymbol(":");
  field.type = Type();
  while (true) {
    if (in_.Is(kNot) && in_.Is(kNull, 1)) {
      in_.Take();
      in_.Take();
      field.nullable = false;
    } else if (in_.Is(kComment) && in_.IsString(1)) {
      in_.Take();
      field.metadata = MetadataWithComment(StringLiteral());
    } else {
      return field;
    }
  }
}

std::vector<StructField> Grammar::Columns() {
  std::vector<StructField> columns = CommaList([this] { return ColumnDefinition(/*in_struct=*/false); });
  if (!in_.IsEnd()) in_.FailInList(columns.size() > 1, "");
  return columns;
}

DataType Grammar::SingleDataType() {
  DataType type = Type();
  if (!in_.IsEnd()) in_.Fail();
  return type;
}

DataType Grammar::SingleTableSchema() { return DataType::Struct(Columns()); }

}  // namespace hearth::spark
