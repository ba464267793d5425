#include "engine/service/line_format.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "spark/error.h"

namespace hearth::engine {
namespace {

using spark::DataType;

DataType Columns(const std::vector<DataType>& types) {
  std::vector<spark::StructField> fields;
  for (const DataType& type : types) fields.push_back({"c" + std::to_string(fields.size()), type, true, ""});
  return DataType::Struct(std::move(fields));
}

std::string Line(const char* format, const DataType& schema, const LineFormat::Cells& cells,
                 const catalog::Properties& options = {}) {
  std::string out;
  MakeLineFormat(format, schema, options, "UTC")->Append(cells, &out);
  return out;
}

std::string Csv(std::string_view text, const catalog::Properties& options = {}) {
  const std::string line =
      Line("csv", Columns({DataType::Integer(), DataType::String()}), {"1", text}, options);
  return line.substr(2, line.size() - 3);
}

// The expected texts of these tests are what a live Apache Spark 4.2.1 has written.
TEST(LineFormatTest, CsvQuotesWhatWouldBeReadOtherwise) {
  EXPECT_EQ(Csv("plain"), "plain");
  EXPECT_EQ(Csv("a,b"), "\"a,b\"");
  EXPECT_EQ(Csv("q\"q"), "\"q\\\"q\"");
  EXPECT_EQ(Csv("back\\slash"), "back\\slash");
  EXPECT_EQ(Csv("a\\\"b"), "\"a\\\\\\\"b\"");
  EXPECT_EQ(Csv("a,b\\"), "\"a,b\\\\\"");
  EXPECT_EQ(Csv("nl\nx"), "\"nl\nx\"");
  EXPECT_EQ(Csv("\xC3\xA9\r\r"), "\"\xC3\xA9\"");
  EXPECT_EQ(Csv("#hash"), "#hash");
}

TEST(LineFormatTest, CsvLeavesOutSpacesAtTheEnds) {
  EXPECT_EQ(Csv(" lead"), "lead");
  EXPECT_EQ(Csv("trail\t "), "trail");
  EXPECT_EQ(Csv("a, "), "\"a,\"");
  EXPECT_EQ(Csv("  "), "\"\"");
  EXPECT_EQ(Csv(""), "\"\"");
  EXPECT_EQ(Csv("\xC2\xA0x"), "\xC2\xA0x");
}

TEST(LineFormatTest, CsvFollowsItsOptions) {
  EXPECT_EQ(Csv("a,b", {{"sep", "|"}}), "a,b");
  EXPECT_EQ(Csv("a|b", {{"Delimiter", "|"}}), "\"a|b\"");
  EXPECT_EQ(Csv("q\"q", {{"escape", "\""}}), "\"q\"\"q\"");
  EXPECT_EQ(Csv("a\\\"b", {{"escape", "\""}}), "\"a\\\"\"b\"");
  EXPECT_EQ(Csv("a,\\\"b", {{"quote", "'"}}), "'a,\\\\\"b'");
  EXPECT_EQ(Csv("", {{"emptyValue", "E"}}), "E");
  for (const catalog::Properties& options : {catalog::Properties{{"sep", "ab"}},
                                             {{"quote", ""}},
                                             {{"quoteAll", "true"}},
                                             {{"compression", "gzip"}},
                                             {
                                                 {"dateFormat", "yyyy"},
                                             },
                                             {{"nullValue", " "}},
                                             {{"header", "maybe"}}}) {
    EXPECT_THROW(Csv("x", options), spark::Error) << options.begin()->first;
  }
}

TEST(LineFormatTest, CsvHasNoEmptyLines) {
  const DataType one = Columns({DataType::String()});
  EXPECT_EQ(Line("csv", one, {std::nullopt}), "");
  EXPECT_EQ(Line("csv", one, {""}), "\"\"\n");
  EXPECT_EQ(Line("csv", one, {std::nullopt}, {{"nullValue", "NULL"}}), "NULL\n");
  EXPECT_EQ(Line("csv", one, {"#hash"}), "\"#hash\"\n");
  EXPECT_EQ(Line("csv", one, {" #hash"}), "#hash\n");
  EXPECT_EQ(Line("csv", Columns({DataType::String(), DataType::String()}), {std::nullopt, std::nullopt}),
            ",\n");
}

TEST(LineFormatTest, CsvHeaders) {
  const DataType schema = DataType::Struct({{"id", DataType::Long(), true, ""},
                                            {"a,b \"x\"", DataType::String(), true, ""},
                                            {" ", DataType::String(), true, ""}});
  EXPECT_EQ(MakeLineFormat("csv", schema, {{"header", "TRUE"}}, "UTC")->Header(),
            "id,\"a,b \\\"x\\\"\",\"\"\n");
  EXPECT_EQ(MakeLineFormat("csv", schema, {}, "UTC")->Header(), "");
}

TEST(LineFormatTest, ValuesOfOtherTypes) {
  const DataType schema = Columns({DataType::Decimal(10, 8), DataType::Decimal(10, 8),
                                   DataType::Decimal(3, 2), DataType::Timestamp(), DataType::TimestampNtz(),
                                   DataType::Date(), DataType::Boolean(), DataType::Double()});
  const LineFormat::Cells cells = {"0.00000000",          "-0.00000012", "1.50", "2020-01-01 12:00:00.123456",
                                   "0001-01-01 00:00:00", "2020-01-01",  "true", "-Infinity"};
  EXPECT_EQ(Line("csv", schema, cells),
            "0E-8,-1.2E-7,1.50,2020-01-01T12:00:00.123Z,0001-01-01T00:00:00.000,2020-01-01,true,-Infinity\n");
  EXPECT_EQ(Line("json", schema, cells),
            "{\"c0\":0E-8,\"c1\":-1.2E-7,\"c2\":1.50,\"c3\":\"2020-01-01T12:00:00.123Z\","
            "\"c4\":\"0001-01-01T00:00:00.000\",\"c5\":\"2020-01-01\",\"c6\":true,\"c7\":\"-Infinity\"}\n");
  EXPECT_THROW(MakeLineFormat("csv", Columns({DataType::Binary()}), {}, "UTC"), spark::Error);
  EXPECT_THROW(MakeLineFormat("csv", Columns({DataType::Timestamp()}), {}, "Asia/Tokyo"), spark::Error);
}

TEST(LineFormatTest, JsonEscapesAndNulls) {
  const DataType schema = Columns({DataType::Integer(), DataType::String()});
  EXPECT_EQ(Line("json", schema, {std::nullopt, "q\"\\/\n\x1F\x7F\xC3\xA9"}),
            "{\"c1\":\"q\\\"\\\\/\\n\\u001F\x7F\xC3\xA9\"}\n");
  EXPECT_EQ(Line("json", schema, {std::nullopt, std::nullopt}), "{}\n");
  EXPECT_EQ(Line("json", schema, {"1", std::nullopt}, {{"ignoreNullFields", "false"}}),
            "{\"c0\":1,\"c1\":null}\n");
}

TEST(LineFormatTest, TextIsOneColumn) {
  const DataType one = Columns({DataType::String()});
  EXPECT_EQ(Line("text", one, {" a\"b "}), " a\"b \n");
  EXPECT_EQ(Line("text", one, {std::nullopt}), "\n");
  EXPECT_THROW(MakeLineFormat("text", Columns({DataType::Integer()}), {}, "UTC"), spark::Error);
}

}  // namespace
}  // namespace hearth::engine
