#include "spark/types/data_type.h"

#include <algorithm>

#include "base/check.h"

namespace hearth::spark {
namespace {

// How each type without parameters is written: in SQL, as simple string, and as type name.
struct Spelling {
  const char* sql;
  const char* simple;
  const char* name;
};

Spelling PlainSpelling(TypeId id) {
  switch (id) {
    case TypeId::kNull: return {"VOID", "void", "void"};
    case TypeId::kBoolean: return {"BOOLEAN", "boolean", "boolean"};
    case TypeId::kByte: return {"TINYINT", "tinyint", "byte"};
    case TypeId::kShort: return {"SMALLINT", "smallint", "short"};
    case TypeId::kInteger: return {"INT", "int", "integer"};
    case TypeId::kLong: return {"BIGINT", "bigint", "long"};
    case TypeId::kFloat: return {"FLOAT", "float", "float"};
    case TypeId::kDouble: return {"DOUBLE", "double", "double"};
    case TypeId::kString: return {"STRING", "string", "string"};
    case TypeId::kBinary: return {"BINARY", "binary", "binary"};
    case TypeId::kDate: return {"DATE", "date", "date"};
    case TypeId::kTimestamp: return {"TIMESTAMP", "timestamp", "timestamp"};
    case TypeId::kTimestampNtz: return {"TIMESTAMP_NTZ", "timestamp_ntz", "timestamp_ntz"};
    case TypeId::kCalendarInterval: return {"INTERVAL", "interval", "interval"};
    case TypeId::kVariant: return {"VARIANT", "variant", "variant"};
    case TypeId::kArray: return {"ARRAY", "array", "array"};
    case TypeId::kMap: return {"MAP", "map", "map"};
    case TypeId::kStruct: return {"STRUCT", "struct", "struct"};
    default: break;
  }
  HEARTH_CHECK(false);  // every other type spells its parameters
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string IntervalName(const DataType& type) {
  static constexpr const char* kYearMonth[] = {"year", "month"};
  static constexpr const char* kDayTime[] = {"day", "hour", "minute", "second"};
  const auto* names = type.Is(TypeId::kYearMonthInterval) ? kYearMonth : kDayTime;
  const auto start = static_cast<size_t>(type.start_field());
  const auto end = static_cast<size_t>(type.end_field());
  std::string out = std::string("interval ") + names[start];
  if (start != end) out += std::string(" to ") + names[end];
  return out;
}

// The types whose spelling is the same in every form, but for the case in SQL.
std::string ParameterizedName(const DataType& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(type.precision()) + "," + std::to_string(type.scale()) + ")";
    case TypeId::kTime: return "time(" + std::to_string(type.precision()) + ")";
    case TypeId::kChar: return "char(" + std::to_string(type.length()) + ")";
    case TypeId::kVarchar: return "varchar(" + std::to_string(type.length()) + ")";
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval: return IntervalName(type);
    default: return "";
  }
}

bool IsPlainIdentifier(const std::string& name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_word) &&
         !std::all_of(name.begin(), name.end(), is_digit);
}

// Spark's quoteIfNeeded.
std::string QuoteIfNeeded(const std::string& name) {
  if (IsPlainIdentifier(name)) return name;
  std::string out = "`";
  for (const char c : name) out += c == '`' ? std::string("``") : std::string(1, c);
  return out + "`";
}

// Field names in a tree are printed on one line.
std::string EscapeControls(const std::string& name) {
  std::string out;
  for (const char c : name) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\f': out += "\\f"; break;
      case '\b': out += "\\b"; break;
      case '\v': out += "\\v"; break;
      case '\a': out += "\\a"; break;
      default: out += c;
    }
  }
  return out;
}

const char* Bool(bool value) { return value ? "true" : "false"; }

void AppendTree(const DataType& type, const std::string& prefix, int depth, std::string* out) {
  if (!type.IsNested() || depth <= 0) return;
  const std::string deeper = prefix + "    |";
  if (type.Is(TypeId::kArray)) {
    *out += prefix + "-- element: " + type.element().type_name() +
            " (containsNull = " + Bool(type.contains_null()) + ")\n";
    AppendTree(type.element(), deeper, depth - 1, out);
  } else if (type.Is(TypeId::kMap)) {
    *out += prefix + "-- key: " + type.key().type_name() + "\n";
    AppendTree(type.key(), deeper, depth - 1, out);
    *out += prefix + "-- value: " + type.value().type_name() +
            " (valueContainsNull = " + Bool(type.contains_null()) + ")\n";
    AppendTree(type.value(), deeper, depth - 1, out);
  } else {
    for (const StructField& field : type.fields()) {
      *out += prefix + "-- " + EscapeControls(field.name) + ": " + field.type.type_name() +
              " (nullable = " + Bool(field.nullable) + ")\n";
      AppendTree(field.type, deeper, depth - 1, out);
    }
  }
}

}  // namespace

struct DataType::Nested {
  std::vector<DataType> children;  // element, or key and value
  std::vector<StructField> fields;
  std::string collation;
};

DataType DataType::Decimal(int precision, int scale) {
  HEARTH_CHECK(precision >= 1 && precision <= kMaxPrecision && scale <= precision);
  DataType type(TypeId::kDecimal);
  type.a_ = precision;
  type.b_ = static_cast<int16_t>(scale);
  return type;
}

DataType DataType::Collated(std::string collation) {
  DataType type(TypeId::kString);
  if (!collation.empty() && collation != "UTF8_BINARY") {
    type.nested_ = std::make_shared<const Nested>(Nested{{}, {}, std::move(collation)});
  }
  return type;
}

DataType DataType::Char(int length) {
  DataType type(TypeId::kChar);
  type.a_ = length;
  return type;
}

DataType DataType::Varchar(int length) {
  DataType type(TypeId::kVarchar);
  type.a_ = length;
  return type;
}

DataType DataType::Time(int precision) {
  DataType type(TypeId::kTime);
  type.a_ = precision;
  return type;
}

DataType DataType::YearMonthInterval(IntervalField start, IntervalField end) {
  HEARTH_CHECK(start <= end && end <= IntervalField::kMonth);
  DataType type(TypeId::kYearMonthInterval);
  type.a_ = static_cast<int32_t>(start);
  type.b_ = static_cast<int16_t>(end);
  return type;
}

DataType DataType::DayTimeInterval(IntervalField start, IntervalField end) {
  HEARTH_CHECK(start <= end);
  DataType type(TypeId::kDayTimeInterval);
  type.a_ = static_cast<int32_t>(start);
  type.b_ = static_cast<int16_t>(end);
  return type;
}

DataType DataType::Array(DataType element, bool contains_null) {
  DataType type(TypeId::kArray);
  type.a_ = contains_null ? 1 : 0;
  type.nested_ = std::make_shared<const Nested>(Nested{{std::move(element)}, {}, {}});
  return type;
}

DataType DataType::Map(DataType key, DataType value, bool value_contains_null) {
  DataType type(TypeId::kMap);
  type.a_ = value_contains_null ? 1 : 0;
  type.nested_ = std::make_shared<const Nested>(Nested{{std::move(key), std::move(value)}, {}, {}});
  return type;
}

DataType DataType::Struct(std::vector<StructField> fields) {
  DataType type(TypeId::kStruct);
  type.nested_ = std::make_shared<const Nested>(Nested{{}, std::move(fields), {}});
  return type;
}

const std::string& DataType::collation() const {
  static const std::string kBinary;
  return nested_ == nullptr ? kBinary : nested_->collation;
}

const DataType& DataType::element() const {
  HEARTH_CHECK(id_ == TypeId::kArray);
  return nested_->children[0];
}

const DataType& DataType::key() const {
  HEARTH_CHECK(id_ == TypeId::kMap);
  return nested_->children[0];
}

const DataType& DataType::value() const {
  HEARTH_CHECK(id_ == TypeId::kMap);
  return nested_->children[1];
}

const std::vector<StructField>& DataType::fields() const {
  HEARTH_CHECK(id_ == TypeId::kStruct);
  return nested_->fields;
}

std::string DataType::sql() const {
  if (std::string name = ParameterizedName(*this); !name.empty()) return Upper(std::move(name));
  switch (id_) {
    case TypeId::kString: return collation().empty() ? "STRING" : "STRING COLLATE " + collation();
    case TypeId::kArray: return "ARRAY<" + element().sql() + ">";
    case TypeId::kMap: return "MAP<" + key().sql() + ", " + value().sql() + ">";
    case TypeId::kStruct: {
      std::string out;
      for (const StructField& field : fields()) {
        out += (out.empty() ? "" : ", ") + QuoteIfNeeded(field.name) + ": " + field.type.sql() +
               (field.nullable ? "" : " NOT NULL");
      }
      return "STRUCT<" + out + ">";
    }
    default: return PlainSpelling(id_).sql;
  }
}

std::string DataType::simple_string() const {
  if (std::string name = ParameterizedName(*this); !name.empty()) return name;
  switch (id_) {
    case TypeId::kString: return collation().empty() ? "string" : "string collate " + collation();
    case TypeId::kArray: return "array<" + element().simple_string() + ">";
    case TypeId::kMap: return "map<" + key().simple_string() + "," + value().simple_string() + ">";
    case TypeId::kStruct: {
      std::string out;
      for (const StructField& field : fields()) {
        out += (out.empty() ? "" : ",") + field.name + ":" + field.type.simple_string();
      }
      return "struct<" + out + ">";
    }
    default: return PlainSpelling(id_).simple;
  }
}

std::string DataType::type_name() const {
  if (std::string name = ParameterizedName(*this); !name.empty()) return name;
  if (id_ == TypeId::kString && !collation().empty()) return "string collate " + collation();
  return PlainSpelling(id_).name;
}

bool operator==(const DataType& l, const DataType& r) {
  if (l.id_ != r.id_ || l.a_ != r.a_ || l.b_ != r.b_) return false;
  if (l.nested_ == r.nested_) return true;
  if (l.nested_ == nullptr || r.nested_ == nullptr) return false;
  return l.nested_->collation == r.nested_->collation && l.nested_->children == r.nested_->children &&
         l.nested_->fields == r.nested_->fields;
}

DataType AsNullable(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray: return DataType::Array(AsNullable(type.element()), true);
    case TypeId::kMap: return DataType::Map(AsNullable(type.key()), AsNullable(type.value()), true);
    case TypeId::kStruct: {
      std::vector<StructField> fields;
      for (const StructField& field : type.fields()) {
        fields.push_back({field.name, AsNullable(field.type), true, field.metadata});
      }
      return DataType::Struct(std::move(fields));
    }
    default: return type;
  }
}

bool SameType(const DataType& l, const DataType& r) {
  if (l.id() != r.id()) return false;
  switch (l.id()) {
    case TypeId::kArray: return SameType(l.element(), r.element());
    case TypeId::kMap: return SameType(l.key(), r.key()) && SameType(l.value(), r.value());
    case TypeId::kStruct:
      return std::equal(l.fields().begin(), l.fields().end(), r.fields().begin(), r.fields().end(),
                        [](const StructField& a, const StructField& b) {
                          return a.name == b.name && SameType(a.type, b.type);
                        });
    default: return l == r;
  }
}

std::string TreeString(const DataType& schema, int level) {
  HEARTH_CHECK(schema.Is(TypeId::kStruct));
  std::string out = "root\n";
  AppendTree(schema, " |", level > 0 ? level : INT32_MAX, &out);
  return out;
}

}  // namespace hearth::spark
