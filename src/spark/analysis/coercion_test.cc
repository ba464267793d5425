#include "spark/analysis/coercion.h"

#include <gtest/gtest.h>

#include <tuple>

#include "spark/analysis/cast_rules.h"
#include "spark/analysis/function_resolution.h"
#include "spark/sql/parser.h"

namespace hearth::spark {
namespace {

DataType Type(const char* text) { return ParseDataType(text); }

std::string Text(const std::optional<DataType>& type) { return type ? type->simple_string() : "none"; }

struct TypePair {
  const char* left;
  const char* right;
  const char* meet;
};

// As a live Spark 4.2.1 answers typeof(CASE ... END) for the pair.
TEST(Coercion, TypesMeetInTheWiderOne) {
  const TypePair kPairs[] = {
      {"int", "bigint", "bigint"},
      {"tinyint", "smallint", "smallint"},
      {"int", "float", "double"},
      {"float", "double", "double"},
      {"int", "decimal(3,1)", "decimal(11,1)"},
      {"bigint", "decimal(3,1)", "decimal(21,1)"},
      {"decimal(10,2)", "decimal(5,4)", "decimal(12,4)"},
      {"decimal(38,0)", "decimal(38,38)", "decimal(38,0)"},
      {"decimal(10,2)", "float", "double"},
      {"string", "int", "bigint"},
      {"string", "decimal(10,2)", "double"},
      {"string", "date", "date"},
      {"string", "boolean", "boolean"},
      {"date", "timestamp", "timestamp"},
      {"date", "timestamp_ntz", "timestamp_ntz"},
      {"int", "date", "none"},
      {"boolean", "int", "none"},
      {"string", "interval day", "none"},
      {"interval day", "interval hour to second", "interval day to second"},
      {"array<int>", "array<bigint>", "array<bigint>"},
      {"array<int>", "array<string>", "array<bigint>"},
      {"array<int>", "int", "none"},
      {"struct<a: int>", "struct<A: double>", "struct<a:double>"},
      {"struct<a: int>", "struct<b: int>", "none"},
  };
  for (const TypePair& pair : kPairs) {
    EXPECT_EQ(Text(WiderType(Type(pair.left), Type(pair.right))), pair.meet)
        << pair.left << ", " << pair.right;
    EXPECT_EQ(Text(WiderType(Type(pair.right), Type(pair.left))).substr(0, 6),
              std::string(pair.meet).substr(0, 6))
        << pair.right << ", " << pair.left;
  }
}

TEST(Coercion, NullMeetsEverything) {
  EXPECT_EQ(Text(WiderType(DataType::Null(), DataType::Date())), "date");
  EXPECT_EQ(Text(WiderType(DataType::String(), DataType::Null())), "string");
}

TEST(Coercion, StringsStayOutOfGreatest) {
  EXPECT_EQ(Text(WiderTypeWithoutStrings(DataType::String(), DataType::Integer())), "none");
  EXPECT_EQ(Text(WiderTypeWithoutStrings(DataType::Integer(), Type("decimal(2,1)"))), "decimal(11,1)");
}

struct DecimalCase {
  DecimalOperation operation;
  const char* left;
  const char* right;
  const char* result;
};

TEST(Coercion, DecimalArithmetic) {
  const DecimalCase kCases[] = {
      {DecimalOperation::kAdd, "decimal(10,2)", "decimal(7,3)", "decimal(12,3)"},
      {DecimalOperation::kSubtract, "decimal(1,0)", "decimal(15,2)", "decimal(16,2)"},
      {DecimalOperation::kAdd, "decimal(38,6)", "decimal(38,6)", "decimal(38,6)"},
      {DecimalOperation::kAdd, "decimal(38,10)", "decimal(38,10)", "decimal(38,9)"},
      {DecimalOperation::kMultiply, "decimal(15,2)", "decimal(16,2)", "decimal(32,4)"},
      {DecimalOperation::kMultiply, "decimal(32,4)", "decimal(16,2)", "decimal(38,6)"},
      {DecimalOperation::kMultiply, "decimal(38,19)", "decimal(38,19)", "decimal(38,6)"},
      {DecimalOperation::kDivide, "decimal(10,2)", "decimal(7,3)", "decimal(21,10)"},
      {DecimalOperation::kDivide, "decimal(38,4)", "decimal(38,4)", "decimal(38,6)"},
      {DecimalOperation::kDivide, "decimal(1,0)", "decimal(1,0)", "decimal(7,6)"},
      {DecimalOperation::kRemainder, "decimal(10,2)", "decimal(7,3)", "decimal(7,3)"},
  };
  for (const DecimalCase& c : kCases) {
    EXPECT_EQ(DecimalResult(c.operation, Type(c.left), Type(c.right)).simple_string(), c.result)
        << c.left << ", " << c.right;
  }
}

TEST(Coercion, ArgumentsAreCastToWhatIsExpected) {
  const auto convert = [](const InputType& expected, const char* from) {
    return Text(expected.Convert(Type(from)));
  };
  EXPECT_EQ(convert(InputType::String(), "int"), "string");
  EXPECT_EQ(convert(InputType::String(), "array<int>"), "none");
  EXPECT_EQ(convert(DataType::Integer(), "double"), "int");
  EXPECT_EQ(convert(DataType::Integer(), "string"), "int");
  EXPECT_EQ(convert(DataType::Date(), "timestamp"), "date");
  EXPECT_EQ(convert(DataType::Date(), "int"), "none");
  EXPECT_EQ(convert(DataType::Boolean(), "int"), "none");
  EXPECT_EQ(convert(InputType::Numeric(), "string"), "double");
  EXPECT_EQ(convert(InputType::Integral(), "decimal(3,1)"), "none");
  EXPECT_EQ(convert(InputType::Decimal(), "int"), "decimal(10,0)");
  EXPECT_EQ(convert(InputType::OneOf({DataType::Double(), InputType::Decimal(), DataType::Long()}), "int"),
            "double");
  EXPECT_EQ(convert(InputType::OneOf({DataType::Double(), InputType::Decimal(), DataType::Long()}), "bigint"),
            "bigint");
}

struct CastCase {
  const char* from;
  const char* to;
  bool allowed;
  bool forces_null;
};

// From a matrix that a live Spark 4.2.1 answered with ANSI on.
TEST(CastRules, Matrix) {
  const CastCase kCases[] = {
      {"boolean", "int", true, false},
      {"boolean", "timestamp", false, false},
      {"boolean", "decimal(10,2)", true, false},
      {"tinyint", "decimal(10,2)", true, false},
      {"int", "decimal(10,2)", true, true},
      {"bigint", "tinyint", true, false},
      {"int", "date", false, false},
      {"int", "timestamp", true, false},
      {"int", "timestamp_ntz", false, false},
      {"int", "binary", false, false},
      {"double", "int", true, true},
      {"double", "timestamp", true, true},
      {"double", "float", true, false},
      {"decimal(10,2)", "tinyint", true, true},
      {"decimal(10,2)", "double", true, false},
      {"decimal(10,2)", "timestamp", true, false},
      {"decimal(4,3)", "decimal(5,2)", true, false},
      {"decimal(5,1)", "decimal(5,2)", true, true},
      {"string", "int", true, true},
      {"string", "binary", true, false},
      {"string", "interval day", true, true},
      {"string", "array<int>", false, false},
      {"binary", "string", true, false},
      {"binary", "int", false, false},
      {"date", "timestamp", true, false},
      {"date", "timestamp_ntz", true, true},
      {"date", "int", false, false},
      {"date", "boolean", false, false},
      {"timestamp", "date", true, false},
      {"timestamp", "bigint", true, false},
      {"timestamp", "int", true, true},
      {"timestamp", "boolean", false, false},
      {"timestamp_ntz", "date", true, true},
      {"timestamp_ntz", "bigint", false, false},
      {"interval month", "int", true, false},
      {"interval month", "double", false, false},
      {"interval day", "interval month", false, false},
      {"array<int>", "array<string>", true, false},
      {"array<int>", "string", true, false},
      {"array<int>", "map<int,int>", false, false},
  };
  for (const CastCase& c : kCases) {
    EXPECT_EQ(CanCast(Type(c.from), Type(c.to)), c.allowed) << c.from << " to " << c.to;
    if (!c.allowed) continue;
    EXPECT_EQ(CastForcesNull(Type(c.from), Type(c.to)), c.forces_null) << c.from << " to " << c.to;
  }
}

TEST(CastRules, RefusalsSuggestWhatSparkSuggests) {
  using Suggestion = CastRefusal::Suggestion;
  EXPECT_EQ(WhyNoCast(DataType::Integer(), DataType::Date()).function, "DATE_FROM_UNIX_DATE");
  EXPECT_EQ(WhyNoCast(DataType::Date(), DataType::Double()).function, "UNIX_DATE");
  EXPECT_EQ(WhyNoCast(DataType::Integer(), DataType::Binary()).suggestion, Suggestion::kConfiguration);
  EXPECT_EQ(WhyNoCast(DataType::Double(), DataType::Binary()).suggestion, Suggestion::kNone);
}

}  // namespace
}  // namespace hearth::spark
