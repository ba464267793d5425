// Spark's data types as values: cheap to copy, immutable, compared by structure, safe to share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hearth::spark {

enum class TypeId : uint8_t {
  kNull,
  kBoolean,
  kByte,
  kShort,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kChar,
  kVarchar,
  kBinary,
  kDate,
  kTimestamp,     // an instant, shown in the session's time zone
  kTimestampNtz,  // a wall clock without zone
  kTime,
  kCalendarInterval,
  kYearMonthInterval,
  kDayTimeInterval,
  kArray,
  kMap,
  kStruct,
  kVariant,
};

// Fields of interval types, in Spark's order. Year-month uses kYear and kMonth, day-time the others.
enum class IntervalField : uint8_t { kYear = 0, kMonth = 1, kDay = 0, kHour = 1, kMinute = 2, kSecond = 3 };

struct StructField;

class DataType {
 public:
  static constexpr int kMaxPrecision = 38;

  DataType() = default;  // NullType
  // REQUIRES: an id without parameters.
  explicit DataType(TypeId id) : id_(id) {}

  static DataType Null() { return DataType(TypeId::kNull); }
  static DataType Boolean() { return DataType(TypeId::kBoolean); }
  static DataType Byte() { return DataType(TypeId::kByte); }
  static DataType Short() { return DataType(TypeId::kShort); }
  static DataType Integer() { return DataType(TypeId::kInteger); }
  static DataType Long() { return DataType(TypeId::kLong); }
  static DataType Float() { return DataType(TypeId::kFloat); }
  static DataType Double() { return DataType(TypeId::kDouble); }
  static DataType String() { return DataType(TypeId::kString); }
  static DataType Binary() { return DataType(TypeId::kBinary); }
  static DataType Date() { return DataType(TypeId::kDate); }
  static DataType Timestamp() { return DataType(TypeId::kTimestamp); }
  static DataType TimestampNtz() { return DataType(TypeId::kTimestampNtz); }
  static DataType CalendarInterval() { return DataType(TypeId::kCalendarInterval); }
  static DataType Decimal(int precision, int scale);
  static DataType Collated(std::string collation);  // a string that is not UTF8_BINARY
  static DataType Char(int length);
  static DataType Varchar(int length);
  static DataType Time(int precision);
  static DataType YearMonthInterval(IntervalField start = IntervalField::kYear,
                                    IntervalField end = IntervalField::kMonth);
  static DataType DayTimeInterval(IntervalField start = IntervalField::kDay,
                                  IntervalField end = IntervalField::kSecond);
  static DataType Array(DataType element, bool contains_null);
  static DataType Map(DataType key, DataType value, bool value_contains_null);
  static DataType Struct(std::vector<StructField> fields);

  TypeId id() const { return id_; }
  bool Is(TypeId id) const { return id_ == id; }
  bool IsIntegral() const { return id_ >= TypeId::kByte && id_ <= TypeId::kLong; }
  bool IsFractional() const { return id_ >= TypeId::kFloat && id_ <= TypeId::kDecimal; }
  bool IsNumeric() const { return id_ >= TypeId::kByte && id_ <= TypeId::kDecimal; }
  bool IsStringLike() const { return id_ >= TypeId::kString && id_ <= TypeId::kVarchar; }
  bool IsDateTime() const { return id_ >= TypeId::kDate && id_ <= TypeId::kTimestampNtz; }
  bool IsAnsiInterval() const { return id_ == TypeId::kYearMonthInterval || id_ == TypeId::kDayTimeInterval; }
  bool IsNested() const { return id_ >= TypeId::kArray && id_ <= TypeId::kStruct; }

  int precision() const { return a_; }  // decimal, time
  int scale() const { return b_; }      // decimal
  int length() const { return a_; }     // char, varchar
  IntervalField start_field() const { return static_cast<IntervalField>(a_); }
  IntervalField end_field() const { return static_cast<IntervalField>(b_); }
  const std::string& collation() const;            // empty: UTF8_BINARY
  const DataType& element() const;                 // array
  bool contains_null() const { return a_ != 0; }   // array: elements; map: values
  const DataType& key() const;                     // map
  const DataType& value() const;                   // map
  const std::vector<StructField>& fields() const;  // struct

  // Spark's DataType.sql: "DECIMAL(10,2)", "STRUCT<a: INT NOT NULL>".
  std::string sql() const;
  // Spark's simpleString / catalogString: "decimal(10,2)", "struct<a:int>".
  std::string simple_string() const;
  // Spark's typeName: "decimal", "integer", "struct"; what tree strings print ("decimal(10,2)" there).
  std::string type_name() const;
  // Spark's JSON, compact; FromJson takes the same and throws spark::Error on anything else.
  std::string json() const;
  static DataType FromJson(const std::string& json);

  friend bool operator==(const DataType& l, const DataType& r);

 private:
  struct Nested;  // children, fields, collation

  TypeId id_ = TypeId::kNull;
  int16_t b_ = 0;
  int32_t a_ = 0;
  std::shared_ptr<const Nested> nested_;
};

struct StructField {
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata;  // JSON object, or empty

  friend bool operator==(const StructField& l, const StructField& r) = default;
};

// Every level nullable (Spark's asNullable).
DataType AsNullable(const DataType& type);

// Equal but for nullability at every level (Spark's sameType).
bool SameType(const DataType& l, const DataType& r);

// Spark's StructType.treeString: "root\n |-- a: integer (nullable = true)\n"; `level` limits the depth.
std::string TreeString(const DataType& schema, int level = INT32_MAX);

}  // namespace hearth::spark
