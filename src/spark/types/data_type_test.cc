#include "spark/types/data_type.h"

#include <gtest/gtest.h>

#include "spark/error.h"

namespace hearth::spark {
namespace {

DataType Sample() {
  return DataType::Struct(
      {{"a", DataType::Integer(), false, ""},
       {"b c", DataType::Array(DataType::Struct({{"x", DataType::Decimal(10, 2), true, ""}}), true), true,
        ""},
       {"m", DataType::Map(DataType::String(), DataType::Long(), false), true, R"({"comment":"hi"})"}});
}

TEST(DataTypeTest, SpellsTypesAsSpark) {
  EXPECT_EQ(DataType::Integer().sql(), "INT");
  EXPECT_EQ(DataType::Integer().type_name(), "integer");
  EXPECT_EQ(DataType::Null().sql(), "VOID");
  EXPECT_EQ(DataType::Decimal(12, 3).sql(), "DECIMAL(12,3)");
  EXPECT_EQ(DataType::Decimal(12, 3).type_name(), "decimal(12,3)");
  EXPECT_EQ(DataType::YearMonthInterval().sql(), "INTERVAL YEAR TO MONTH");
  EXPECT_EQ(DataType::DayTimeInterval(IntervalField::kHour, IntervalField::kHour).simple_string(),
            "interval hour");
  EXPECT_EQ(DataType::Collated("UTF8_LCASE").sql(), "STRING COLLATE UTF8_LCASE");
  EXPECT_EQ(DataType::Collated("UTF8_BINARY"), DataType::String());
  EXPECT_EQ(Sample().sql(),
            "STRUCT<a: INT NOT NULL, `b c`: ARRAY<STRUCT<x: DECIMAL(10,2)>>, m: MAP<STRING, BIGINT>>");
  EXPECT_EQ(Sample().simple_string(),
            "struct<a:int,b c:array<struct<x:decimal(10,2)>>,m:map<string,bigint>>");
}

TEST(DataTypeTest, ComparesByStructure) {
  EXPECT_EQ(Sample(), Sample());
  EXPECT_FALSE(DataType::Array(DataType::Long(), true) == DataType::Array(DataType::Long(), false));
  EXPECT_TRUE(SameType(DataType::Array(DataType::Long(), true), DataType::Array(DataType::Long(), false)));
  EXPECT_FALSE(SameType(DataType::Decimal(10, 2), DataType::Decimal(10, 3)));
  EXPECT_FALSE(SameType(DataType::Struct({{"a", DataType::Long(), true, ""}}),
                        DataType::Struct({{"b", DataType::Long(), true, ""}})));
}

TEST(DataTypeTest, PrintsTrees) {
  EXPECT_EQ(TreeString(Sample()),
            "root\n"
            " |-- a: integer (nullable = false)\n"
            " |-- b c: array (nullable = true)\n"
            " |    |-- element: struct (containsNull = true)\n"
            " |    |    |-- x: decimal(10,2) (nullable = true)\n"
            " |-- m: map (nullable = true)\n"
            " |    |-- key: string\n"
            " |    |-- value: long (valueContainsNull = false)\n");
  EXPECT_EQ(TreeString(Sample(), 1),
            "root\n"
            " |-- a: integer (nullable = false)\n"
            " |-- b c: array (nullable = true)\n"
            " |-- m: map (nullable = true)\n");
}

TEST(DataTypeTest, JsonRoundTrips) {
  const std::string json =
      R"j({"type":"struct","fields":[{"name":"a","type":"integer","nullable":false,"metadata":{}},)j"
      R"j({"name":"b c","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"x","type":)j"
      R"j("decimal(10,2)","nullable":true,"metadata":{}}]},"containsNull":true},"nullable":true,"metadata":{}},)j"
      R"j({"name":"m","type":{"type":"map","keyType":"string","valueType":"long","valueContainsNull":false},)j"
      R"j("nullable":true,"metadata":{"comment":"hi"}}]})j";
  EXPECT_EQ(Sample().json(), json);
  EXPECT_EQ(DataType::FromJson(json), Sample());
  for (const DataType& type :
       {DataType::Null(), DataType::TimestampNtz(), DataType::Time(6), DataType::Char(3),
        DataType::Varchar(9), DataType::YearMonthInterval(), DataType::CalendarInterval(),
        DataType::DayTimeInterval(IntervalField::kMinute, IntervalField::kSecond)}) {
    EXPECT_EQ(DataType::FromJson(type.json()), type) << type.json();
  }
  EXPECT_EQ(DataType::FromJson("\"decimal( 9, 3 )\""), DataType::Decimal(9, 3));
  EXPECT_EQ(DataType::FromJson(R"({"type":"struct","fields":[{"name":"\u00e9\ud83d\ude00","type":"long"}]})")
                .fields()[0]
                .name,
            "\u00e9\U0001F600");
}

TEST(DataTypeTest, JsonThatIsNoTypeIsAnError) {
  for (const char* text : {"", "int", "\"int\"", "{}", R"({"type":"array"})", "\"decimal(50,2)\"",
                           "\"long\" x", R"({"type":"struct","fields":[{"name":"a"}]})", "[", "\"abc"}) {
    try {
      DataType::FromJson(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.condition(), "INVALID_JSON_DATA_TYPE") << text;
    }
  }
  const std::string deep(100'000, '[');
  EXPECT_THROW(DataType::FromJson(deep), Error);
}

}  // namespace
}  // namespace hearth::spark
