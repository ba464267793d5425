#include <gtest/gtest.h>

#include "spark/sql/datetime_text.h"
#include "spark/sql/interval_text.h"
#include "spark/sql/string_text.h"
#include "spark/types/value.h"

namespace hearth::spark {
namespace {

std::string Date(const char* text) {
  const auto days = ParseDate(text);
  return days ? DateText(*days) : "none";
}

TEST(DatetimeTextTest, Dates) {
  EXPECT_EQ(Date("2000-02-29"), "2000-02-29");
  EXPECT_EQ(Date("1900-02-29"), "none");
  EXPECT_EQ(Date("1970-1-1"), "1970-01-01");
  EXPECT_EQ(Date("2020"), "2020-01-01");
  EXPECT_EQ(Date("2020-02-01Tx"), "2020-02-01");
  EXPECT_EQ(Date("2020-02Tx"), "none");
  EXPECT_EQ(Date("-0001-12-31"), "-0001-12-31");
  EXPECT_EQ(Date("12345678-01-01"), "none");
  EXPECT_EQ(Date("202-01-01"), "none");
  EXPECT_EQ(Date(""), "none");
}

TEST(DatetimeTextTest, Timestamps) {
  const auto parts = ParseTimestamp(" 1970-01-02 3:4:5.0000019 Europe/Berlin ");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->local_micros, (86'400LL + 3 * 3600 + 4 * 60 + 5) * 1'000'000 + 1);
  EXPECT_EQ(parts->zone, "Europe/Berlin");
  EXPECT_TRUE(ParseTimestamp("12:00")->is_time_only);
  for (const char* text : {"", "x", "1970-01-01x", "1970-01-01 25:00", "1970-01-01 00:60", "1970-13-01"}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

TEST(DatetimeTextTest, Offsets) {
  constexpr int64_t kHour = 3'600'000'000;
  EXPECT_EQ(FixedOffset("Z"), 0);
  EXPECT_EQ(FixedOffset("UTC+1"), kHour);
  EXPECT_EQ(FixedOffset("-08:30"), -kHour * 17 / 2);
  EXPECT_EQ(FixedOffset("+0130"), kHour * 3 / 2);
  EXPECT_EQ(FixedOffset("+18:00"), 18 * kHour);
  EXPECT_EQ(FixedOffset("+18:01"), std::nullopt);
  EXPECT_EQ(FixedOffset("Europe/Berlin"), std::nullopt);
  EXPECT_EQ(FixedOffset("+1x"), std::nullopt);
}

TEST(DatetimeTextTest, Times) {
  EXPECT_EQ(ParseTime("1:2:3.5"), 3'723'500'000'000);
  EXPECT_EQ(ParseTime("24:00"), std::nullopt);
  EXPECT_EQ(ParseTime("12"), std::nullopt);
}

TEST(IntervalTextTest, Ranges) {
  EXPECT_EQ(ParseYearToMonth("-1-2").value, -14);
  EXPECT_TRUE(ParseYearToMonth("1-12").is_out_of_range);
  EXPECT_FALSE(ParseYearToMonth("1").value.has_value());
  EXPECT_EQ(ParseDayTime("1 2:3:4.5", IntervalField::kDay, IntervalField::kSecond).value, 93'784'500'000);
  EXPECT_EQ(ParseDayTime("-2:3", IntervalField::kHour, IntervalField::kMinute).value, -7'380'000'000);
  EXPECT_EQ(ParseDayTime("1 24", IntervalField::kDay, IntervalField::kHour).range,
            "hour 24 outside range [0, 23]");
  EXPECT_EQ(DayTimeForm(IntervalField::kHour, IntervalField::kSecond), "[+|-]h:m:s.n");
}

TEST(IntervalTextTest, Sums) {
  const IntervalSum sum = SumInterval({{"-1", "week"}, {"1.000001", "second"}, {"14", "month"}});
  EXPECT_EQ(sum.problem, IntervalProblem::kNone);
  EXPECT_EQ(sum.value, (CalendarIntervalValue{14, -7, 1'000'001}));
  EXPECT_EQ(SumInterval({{"1.5", "day"}}).problem, IntervalProblem::kFraction);
  EXPECT_EQ(SumInterval({{"x", "day"}}).problem, IntervalProblem::kFormat);
  EXPECT_EQ(SumInterval({{"99999999999", "year"}}).problem, IntervalProblem::kOverflow);
  EXPECT_EQ(SumInterval({{"1", "parsec"}}).problem, IntervalProblem::kUnit);
  EXPECT_EQ(SplitInterval("INTERVAL - 1 Days 2 hours")->size(), 2U);
  EXPECT_FALSE(SplitInterval("1 day 2").has_value());
}

TEST(StringTextTest, Unquotes) {
  EXPECT_EQ(UnquoteString("'a''b'"), "a'b");
  EXPECT_EQ(UnquoteString("'a\"\"b'"), "a\"\"b");
  EXPECT_EQ(UnquoteString(R"('\n\t\\\'\%\_\q')"), "\n\t\\'\\%\\_q");
  EXPECT_EQ(UnquoteString(R"('\u00e9\U0001F600\ud83d\ude00\101')"), "\u00e9\U0001F600\U0001F600A");
  EXPECT_EQ(UnquoteString("r'a\\n'"), "a\\n");
  EXPECT_EQ(UnquoteIdentifier("`a``b`"), "a`b");
}

}  // namespace
}  // namespace hearth::spark
