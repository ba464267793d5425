#include "spark/types/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace hearth::spark {
namespace {

TEST(ValueTest, DecimalText) {
  EXPECT_EQ(DecimalText(-12340, 3), "-12.340");
  EXPECT_EQ(DecimalText(5, 3), "0.005");
  EXPECT_EQ(DecimalText(0, 2), "0.00");
  EXPECT_EQ(DecimalText(42, 0), "42");
  __int128 big = 1;
  for (int i = 0; i < 37; ++i) big *= 10;
  EXPECT_EQ(DecimalText(big, 37), "1." + std::string(37, '0'));
  EXPECT_EQ(DecimalDigits(big), 38);
  EXPECT_EQ(DecimalDigits(0), 1);
  EXPECT_EQ(DecimalDigits(-100), 3);
}

TEST(ValueTest, FloatsPrintAsJava) {
  EXPECT_EQ(JavaDouble(1), "1.0");
  EXPECT_EQ(JavaDouble(-0.0), "-0.0");
  EXPECT_EQ(JavaDouble(0.001), "0.001");
  EXPECT_EQ(JavaDouble(0.00012), "1.2E-4");
  EXPECT_EQ(JavaDouble(1234567.5), "1234567.5");
  EXPECT_EQ(JavaDouble(1e7), "1.0E7");
  EXPECT_EQ(JavaDouble(12345678), "1.2345678E7");
  EXPECT_EQ(JavaDouble(100), "100.0");
  EXPECT_EQ(JavaDouble(std::numeric_limits<double>::denorm_min()), "4.9E-324");
  EXPECT_EQ(JavaDouble(std::numeric_limits<double>::max()), "1.7976931348623157E308");
  EXPECT_EQ(JavaDouble(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(JavaDouble(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(JavaFloat(0.1F), "0.1");
  EXPECT_EQ(JavaFloat(1.4e-45F), "1.4E-45");
  EXPECT_EQ(JavaFloat(16777216.0F), "1.6777216E7");
}

TEST(ValueTest, DatesAndTimestamps) {
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(-1), "1969-12-31");
  EXPECT_EQ(DateText(11016), "2000-02-29");
  EXPECT_EQ(DateText(-719162), "0001-01-01");
  EXPECT_EQ(DateText(2932897), "+10000-01-01");
  EXPECT_EQ(DateText(-719529), "-0001-12-31");
  EXPECT_EQ(TimestampText(0), "1970-01-01 00:00:00");
  EXPECT_EQ(TimestampText(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(TimestampText(1'100'000), "1970-01-01 00:00:01.1");
}

std::string Sql(Value value, const DataType& type) { return LiteralSql(value, type); }

TEST(ValueTest, LiteralsAsSql) {
  EXPECT_EQ(Sql({}, DataType::Null()), "NULL");
  EXPECT_EQ(Sql({}, DataType::Long()), "CAST(NULL AS BIGINT)");
  EXPECT_EQ(Sql({true}, DataType::Boolean()), "true");
  EXPECT_EQ(Sql({int64_t{-1}}, DataType::Long()), "-1L");
  EXPECT_EQ(Sql({std::string("it's \\")}, DataType::String()), "'it\\'s \\\\'");
  EXPECT_EQ(Sql({std::string("\x1f\xa0")}, DataType::Binary()), "X'1FA0'");
  EXPECT_EQ(Sql({2.5}, DataType::Double()), "2.5D");
  EXPECT_EQ(Sql({2.5F}, DataType::Float()), "CAST('2.5' AS FLOAT)");
  EXPECT_EQ(Sql({Decimal{150}}, DataType::Decimal(3, 2)), "1.50BD");
  EXPECT_EQ(Sql({Decimal{1}}, DataType::Decimal(8, 8)), "1E-8BD");
  EXPECT_EQ(Sql({int64_t{18262}}, DataType::Date()), "DATE '2020-01-01'");
  EXPECT_EQ(LiteralSql({int64_t{0}}, DataType::Timestamp(), 3'600'000'000),
            "TIMESTAMP '1970-01-01 01:00:00'");
  EXPECT_EQ(Sql({int64_t{3'723'000'000'500}}, DataType::Time(6)), "TIME '01:02:03.0000005'");
}

TEST(ValueTest, IntervalsAsSql) {
  const auto day = IntervalField::kDay;
  EXPECT_EQ(Sql({int64_t{-14}}, DataType::YearMonthInterval()), "INTERVAL '-1-2' YEAR TO MONTH");
  EXPECT_EQ(Sql({int64_t{90LL * 86'400'000'000}}, DataType::DayTimeInterval(day, day)), "INTERVAL '90' DAY");
  EXPECT_EQ(Sql({int64_t{-(86'400'000'000LL + 3'723'500'000)}}, DataType::DayTimeInterval()),
            "INTERVAL '-1 01:02:03.5' DAY TO SECOND");
  EXPECT_EQ(Sql({std::numeric_limits<int64_t>::min()}, DataType::DayTimeInterval()),
            "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND");
  EXPECT_EQ(Sql({CalendarIntervalValue{14, -3, 3'600'000'000 + 1'500'000}}, DataType::CalendarInterval()),
            "INTERVAL '1 years 2 months -3 days 1 hours 1.5 seconds'");
}

TEST(ValueTest, NestedAsSql) {
  const Value list{ValueList{{Value{int64_t{1}}, Value{}}}};
  EXPECT_EQ(Sql(list, DataType::Array(DataType::Integer(), true)), "ARRAY(1, CAST(NULL AS INT))");
  const Value row{ValueList{{Value{int64_t{1}}, Value{std::string("x")}}}};
  EXPECT_EQ(
      Sql(row, DataType::Struct({{"a", DataType::Integer(), true, ""}, {"b", DataType::String(), true, ""}})),
      "NAMED_STRUCT('a', 1, 'b', 'x')");
  EXPECT_EQ(Sql(row, DataType::Map(DataType::Integer(), DataType::String(), true)), "MAP(1, 'x')");
}

}  // namespace
}  // namespace hearth::spark
