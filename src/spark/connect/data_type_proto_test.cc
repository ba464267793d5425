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
       {"year_month_interval { start_field: 2 }", "year_month_interval { start_field: 0 end_field: -1 }",
        "day_time_interval { start_field: 4 }",
        "day_time_interval { start_field: 0 end_field: 2147483647 }"}) {
    ::spark::connect::DataType message;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
    EXPECT_THROW(DecodeDataType(message), Error) << text;
  }
}

// The condition, or the message of an error without one; "" if the type can be.
std::string Refusal(const ::spark::connect::DataType& message) {
  try {
    DecodeDataType(message);
    return "";
  } catch (const Error& error) {
    return error.condition().empty() ? error.message() : error.condition();
  }
}

// As a live Spark 4.2.1 refuses them. Each once ended the process that decoded it.
TEST(DataTypeProto, WhatNoTypeCanBeIsRefused) {
  ::spark::connect::DataType message;
  const auto decimal = [&](int precision, int scale) {
    message.mutable_decimal()->set_precision(precision);
    message.mutable_decimal()->set_scale(scale);
    return Refusal(message);
  };
  EXPECT_EQ(decimal(0, 0), "UNSUPPORTED_FEATURE");
  EXPECT_EQ(decimal(0, -2147483647), "NEGATIVE_SCALE_DISALLOWED");
  EXPECT_EQ(decimal(-3, -5), "NEGATIVE_SCALE_DISALLOWED");
  EXPECT_EQ(decimal(-3, 0), "_LEGACY_ERROR_TEMP_1228");
  EXPECT_EQ(decimal(3, 5), "_LEGACY_ERROR_TEMP_1228");
  EXPECT_EQ(decimal(39, 0), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION");
  EXPECT_EQ(decimal(38, 38), "");
  message.mutable_year_month_interval()->set_start_field(1);
  message.mutable_year_month_interval()->set_end_field(0);
  EXPECT_EQ(Refusal(message), "_LEGACY_ERROR_TEMP_1224");
  message.mutable_year_month_interval()->clear_start_field();
  EXPECT_EQ(DecodeDataType(message),
            DataType::YearMonthInterval(IntervalField::kYear, IntervalField::kMonth));
  message.mutable_day_time_interval()->set_start_field(3);
  message.mutable_day_time_interval()->set_end_field(1);
  EXPECT_EQ(Refusal(message), "_LEGACY_ERROR_TEMP_1224");
  message.mutable_time()->set_precision(7);
  EXPECT_EQ(Refusal(message), "UNSUPPORTED_TIME_PRECISION");
  message.mutable_char_()->set_length(-1);
  EXPECT_EQ(Refusal(message), "requirement failed: The length of char type cannot be negative.");
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
