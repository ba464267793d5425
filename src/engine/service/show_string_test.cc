#include "engine/service/show_string.h"

#include <gtest/gtest.h>

namespace hearth::engine {
namespace {

// The expected texts are a live Apache Spark 4.2.1's.

TEST(ShowString, StandsToTheRightWhenCut) {
  EXPECT_EQ(ShowString({{"a"}, {{"1"}}}, 20, 20, false), "+---+\n|  a|\n+---+\n|  1|\n+---+\n");
}

TEST(ShowString, StandsToTheLeftWhenWhole) {
  EXPECT_EQ(ShowString({{"a"}, {{"1"}}}, 20, 0, false), "+---+\n|a  |\n+---+\n|1  |\n+---+\n");
}

TEST(ShowString, Vertical) {
  EXPECT_EQ(ShowString({{"a"}, {{"1"}}}, 20, 20, true), "-RECORD 0--\n a   | 1   \n");
  EXPECT_EQ(ShowString({{"id"}, {}}, 20, 20, true), "(0 rows)");
  EXPECT_EQ(ShowString({{"id"}, {{"0"}, {"1"}}}, 1, -2, true),
            "-RECORD 0--\n id  | 0   \nonly showing top 1 row");
  EXPECT_EQ(ShowString({{"id"}, {{"0"}}}, -2, 2, true), "(0 rows)");
}

TEST(ShowString, NoRowsAndNoColumns) {
  EXPECT_EQ(ShowString({{"id"}, {}}, 20, 20, false), "+---+\n| id|\n+---+\n+---+\n");
  EXPECT_EQ(ShowString({{}, {{}, {}}}, 20, 20, false), "++\n||\n++\n||\n||\n++\n");
}

TEST(ShowString, SaysThatThereIsMore) {
  EXPECT_EQ(ShowString({{"id", "r"}, {{"0", std::string(30, 'x')}, {"1", "y"}}}, 1, 3, false),
            "+---+---+\n| id|  r|\n+---+---+\n|  0|xxx|\n+---+---+\nonly showing top 1 row");
  EXPECT_EQ(ShowString({{"id"}, {{"0"}, {"1"}, {"2"}}}, 2, 0, false),
            "+---+\n|id |\n+---+\n|0  |\n|1  |\n+---+\nonly showing top 2 rows");
}

TEST(ShowString, CutsWithAnEllipsisFromFourCharacters) {
  EXPECT_EQ(ShowString({{"r"}, {{std::string(30, 'x')}}}, 20, 20, true),
            "-RECORD 0-------------------\n r   | xxxxxxxxxxxxxxxxx... \n");
  EXPECT_EQ(ShowString({{"r"}, {{"abcdef"}}}, 20, 4, false), "+----+\n|   r|\n+----+\n|a...|\n+----+\n");
}

TEST(ShowString, FullWidthAndSurrogates) {
  EXPECT_EQ(ShowString({{"s", "w", "e"}, {{"a\nb\t", "全角文字", "😀😀😀😀😀😀😀😀😀😀😀"}}}, 20, 20, false),
            "+------+--------+--------------------+\n"
            "|     s|       w|                   e|\n"
            "+------+--------+--------------------+\n"
            "|a\\nb\\t|全角文字|😀😀😀😀😀😀😀😀?...|\n"
            "+------+--------+--------------------+\n");
  EXPECT_EQ(ShowString({{"s", "w", "e"}, {{"a\nb\t", "全角文字", "😀😀"}}}, 1, 3, false),
            "+---+------+---+\n|  s|     w|  e|\n+---+------+---+\n|a\\n|全角文|😀?|\n+---+------+---+\n");
}

TEST(HtmlString, EndsItsFooterWithALine) {
  EXPECT_EQ(
      HtmlString({{"id"}, {{"0"}, {"1"}}}, 1, 2),
      "<table border='1'>\n<tr><th>id</th></tr>\n<tr><td>0</td></tr>\n</table>\nonly showing top 1 row\n");
}

TEST(HtmlString, Escapes) {
  EXPECT_EQ(
      HtmlString({{"<a&b>"}, {{"\"é€日"}}}, 20, 20),
      "<table "
      "border='1'>\n<tr><th>&lt;a&amp;b&gt;</th></tr>\n<tr><td>&quot;&eacute;&euro;日</td></tr>\n</table>\n");
}

}  // namespace
}  // namespace hearth::engine
