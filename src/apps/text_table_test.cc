#include "apps/text_table.h"

#include <gtest/gtest.h>

namespace hearth::apps {
namespace {

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({"name", ">rows", "text"});
  table.Add({"é", "12345", "x"});
  table.Add({"longer", "1", ""});
  EXPECT_EQ(table.ToString(),
            "name     rows  text\n"
            "é       12345  x\n"
            "longer      1\n");
}

}  // namespace
}  // namespace hearth::apps
