#include "base/utf8.h"

#include <gtest/gtest.h>

namespace hearth::base {
namespace {

TEST(Utf8Test, TellsCharactersFromBytes) {
  for (const char* text :
       {"", "plain", "é", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(ToUtf8(text), text);
  }
  for (const char* bytes : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\xFF", "\xC3(", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(IsUtf8(bytes)) << bytes;
    EXPECT_TRUE(IsUtf8(ToUtf8(bytes))) << bytes;
  }
}

TEST(Utf8Test, KeepsWhatIsText) {
  EXPECT_EQ(ToUtf8("a\xA4z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ToUtf8("\xC3\xA9\xC3"), "\xC3\xA9\xEF\xBF\xBD");
  EXPECT_EQ(ToUtf8(std::string_view("\0\xFF", 2)), std::string_view("\0\xEF\xBF\xBD", 4));
}

}  // namespace
}  // namespace hearth::base
