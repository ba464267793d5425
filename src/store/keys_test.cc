#include "store/keys.h"

#include <gtest/gtest.h>

namespace hearth::store {
namespace {

TEST(PrefixEnd, IsTheNextKeyThatHasNotThePrefix) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("session/"), "session0");
  EXPECT_EQ(PrefixEnd("a\xff\xff"), "b");
  EXPECT_EQ(PrefixEnd("\x7f"), "\x80");
  EXPECT_EQ(PrefixEnd(std::string("a\0", 2)), "a\x01");
}

TEST(PrefixEnd, IsNothingWhereThePrefixHasTheLastKeys) {
  EXPECT_EQ(PrefixEnd(""), std::nullopt);
  EXPECT_EQ(PrefixEnd("\xff\xff"), std::nullopt);
}

TEST(QuotedKey, IsOneShortPrintableLine) {
  EXPECT_EQ(QuotedKey("session/7"), "\"session/7\"");
  EXPECT_EQ(QuotedKey(std::string("a\n\0\xff", 4)), "\"a\\n\\x00\\xff\"");
  EXPECT_EQ(QuotedKey(std::string(5'000, 'k')), "\"" + std::string(200, 'k') + "...\"");
}

}  // namespace
}  // namespace hearth::store
