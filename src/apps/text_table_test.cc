#include "apps/text_table.h"

#include <gtest/gtest.h>

namespace hearth::apps {
namespace {

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  TextTable table({"name", ">rows", "text"});
  table.Add({"é", "12345", "x"});
  table.Add({"lo\x1bger", "1", "\n"});
  EXPECT_EQ(table.ToString(),
            "name     rows  text\n"
            "é       12345  x\n"
            "lo ger      1\n");
}

}  // namespace
}  // namespace hearth::apps
