#include "spark/connect/data_type_proto.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "spark/connect/types.pb.h"
#include "spark/error.h"

namespace hearth::spark {
namespace {

TEST(DataTypeProto, RoundTrip) {
  const std::vector<DataType> types = {
      DataType::Null(),
      DataType::Boolean(),
      DataType::Byte(),
      DataType::Short(),
      DataType::Integer(),
      DataType::Long(),
      DataType::Float(),
      DataType::Double(),
      DataType::Decimal(38, 18),
      DataType::String(),
      DataType::Collated("UTF8_LCASE"),
      DataType::Char(3),
      DataType::Varchar(9),
      DataType::Binary(),
      DataType::Date(),
      DataType::Timestamp(),
      DataType::TimestampNtz(),
      DataType::Time(3),
      DataType::CalendarInterval(),
      DataType::YearMonthInterval(IntervalField::kMonth, IntervalField::kMonth),
      DataType::DayTimeInterval(IntervalField::kHour, IntervalField::kSecond),
      DataType::Array(DataType::Map(DataType::String(), DataType::Long(), false), true),
      DataType(TypeId::kVariant),
      DataType::Struct({{"a", DataType::Integer(), false, R"({"k":1})"},
                        {"b", DataType::Array(DataType::Date(), false)}})};
  for (const DataType& type : types) {
    ::spark::connect::DataType message;
    EncodeDataType(type, &message);
    EXPECT_EQ(DecodeDataType(message), type) << type.sql();
  }
}

TEST(DataTypeProto, PlainStringCarriesNoCollation) {
  ::spark::connect::DataType message;
  EncodeDataType(DataType::String(), &message);
  EXPECT_EQ(message.ShortDebugString(), "string { }");
}

TEST(DataTypeProto, IntervalsOfFieldsThatAreNone) {
  for (const char* text :
       {"year_month_interval { start_field: 2 }", "year_month_interval { end_field: -1 }",
        "day_time_interval { start_field: 4 }", "day_time_interval { end_field: 2147483647 }"}) {
    ::spark::connect::DataType message;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
    EXPECT_THROW(DecodeDataType(message), Error) << text;
  }
}

TEST(DataTypeProto, UnsetAndUnsupported) {
  ::spark::connect::DataType message;
  try {
    DecodeDataType(message);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.condition(), "CONNECT_INVALID_PLAN.DATA_TYPE_UNSUPPORTED_PROTO_TO_CATALYST");
  }
  message.mutable_udt()->set_type("udt");
  try {
    DecodeDataType(message);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.decline(), "user-defined types");
  }
}

}  // namespace
}  // namespace hearth::spark
