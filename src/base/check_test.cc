#include "base/check.h"

#include <gtest/gtest.h>

namespace hearth::base {
namespace {

TEST(Check, PassesWithoutEvaluatingItsText) {
  int evaluated = 0;
  HEARTH_CHECK(1 + 1 == 2) << ++evaluated;
  EXPECT_EQ(evaluated, 0);
}

TEST(Check, FailureNamesPlaceConditionAndText) {
  const int rows = 3;
  EXPECT_DEATH(HEARTH_CHECK(rows == 4) << "rows=" << rows,
               "check_test.cc:[0-9]+: check failed: rows == 4 rows=3");
}

TEST(Check, IsOneStatementUnderIf) {
  bool took_else = false;
  if (took_else)
    HEARTH_CHECK(false);
  else
    took_else = true;
  EXPECT_TRUE(took_else);
}

}  // namespace
}  // namespace hearth::base
