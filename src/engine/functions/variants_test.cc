#include "engine/functions/variants.h"

#include <gtest/gtest.h>

#include "engine/functions/variant_name.h"

namespace hearth::engine {
namespace {

using spark::DataType;

TEST(VariantsTest, NamesSayTypesAndMode) {
  const DataType a = DataType::Decimal(15, 2);
  const DataType b = DataType::Decimal(38, 6);
  EXPECT_EQ(DecimalArithmeticVariant(DecimalArithmetic::kDivide, a, b, b, OnError::kRaise),
            "hearth_decimal_divide_15_2_38_6_38_6");
  EXPECT_EQ(DecimalArithmeticVariant(DecimalArithmetic::kAdd, a, a, b, OnError::kTry),
            "hearth_try_decimal_add_15_2_15_2_38_6");
  EXPECT_EQ(DecimalIntegralDivideVariant(a, b, OnError::kRaise), "hearth_decimal_integral_divide_15_2_38_6");
  EXPECT_EQ(DecimalRoundingVariant(DecimalRounding::kFloor, a, -2, b, OnError::kRaise),
            "hearth_decimal_floor_15_2_m2_38_6");
  EXPECT_EQ(DecimalFromVariant(DecimalSource::kText, a, OnError::kTry), "hearth_try_decimal_from_text_15_2");
  EXPECT_EQ(DecimalToVariant(a, DataType::Double(), OnError::kTry), "hearth_decimal_to_double_15_2");
  EXPECT_EQ(DecimalToVariant(a, DataType::Long(), OnError::kTry), "hearth_try_decimal_to_long_15_2");
}

TEST(VariantsTest, ParsingGivesBackWhatWasNamed) {
  for (int operation = 0; operation <= static_cast<int>(VariantOperation::kAbs); ++operation) {
    for (OnError on_error : {OnError::kRaise, OnError::kTry}) {
      Variant variant{.operation = static_cast<VariantOperation>(operation), .on_error = on_error};
      if (!CanRaise(variant.operation)) variant.on_error = OnError::kRaise;
      const std::string probe = VariantName(variant);
      // Fill only what this operation's name can hold: a shape of zeros is not valid and shows where it is.
      variant.left = {20, 3};
      variant.right = {9, 0};
      variant.result = {38, 18};
      variant.digits = -1;
      const std::optional<Variant> parsed = ParseVariantName(VariantName(variant));
      ASSERT_TRUE(parsed.has_value()) << probe;
      EXPECT_EQ(VariantName(*parsed), VariantName(variant));
      EXPECT_EQ(parsed->operation, variant.operation);
      EXPECT_EQ(parsed->on_error, variant.on_error);
    }
  }
}

TEST(VariantsTest, RejectsWhatIsNoVariant) {
  for (const char* name :
       {"", "hearth_decimal_", "hearth_decimal_cast", "hearth_decimal_cast_10_2",
        "hearth_decimal_cast_10_2_39_0", "hearth_decimal_cast_10_2_5_6", "hearth_decimal_cast_010_2_5_2",
        "hearth_decimal_cast_10_2_5_2_1", "hearth_decimal_cast_0_0_5_2", "hearth_decimal_cast_10_m2_5_2",
        "hearth_try_decimal_to_double_10_2", "HEARTH_decimal_cast_10_2_5_2",
        "hearth_decimal_round_10_2_-1_5_2", "hearth_decimal_cast_10_2_5_2 "}) {
    EXPECT_FALSE(IsVariantName(name)) << name;
  }
  EXPECT_TRUE(IsVariantName("hearth_decimal_cast_10_2_5_2"));
}

}  // namespace
}  // namespace hearth::engine
