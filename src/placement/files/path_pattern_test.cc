#include "placement/files/path_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hearth::placement {
namespace {

TEST(PathPatternTest, NamesMatch) {
  for (const auto& [pattern, name] :
       std::vector<std::pair<const char*, const char*>>{{"day=*", "day=1"},
                                                        {"*", ""},
                                                        {"*.parquet", "a.parquet"},
                                                        {"a?c", "abc"},
                                                        {"[a-c]x", "bx"},
                                                        {"[^a]x", "bx"},
                                                        {"[!a]x", "bx"},
                                                        {"[]]", "]"},
                                                        {"a*b*c", "aXbXbYc"},
                                                        {"[", "["},
                                                        {"plain", "plain"}})
    EXPECT_TRUE(Matches(pattern, name)) << pattern;
  for (const auto& [pattern, name] : std::vector<std::pair<const char*, const char*>>{{"day=*", "da"},
                                                                                      {"?", ""},
                                                                                      {"a?c", "ac"},
                                                                                      {"[a-c]x", "dx"},
                                                                                      {"[^a]x", "ax"},
                                                                                      {"a*b", "abc"},
                                                                                      {"", "a"}})
    EXPECT_FALSE(Matches(pattern, name)) << pattern;
}

TEST(PathPatternTest, BracesAreWrittenOut) {
  auto found = Alternatives("t/{a,b{c,d}}/{1,2}").value();
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"t/a/1", "t/a/2", "t/bc/1", "t/bc/2", "t/bd/1", "t/bd/2"}));
  EXPECT_EQ(Alternatives("plain"), std::vector<std::string>{"plain"});
  EXPECT_FALSE(Alternatives("t/{a"));
}

TEST(PathPatternTest, WhatWouldNeverEndIsNotBegun) {
  std::string braces = "t";
  for (int i = 0; i < 40; ++i) braces += "{a,b}";
  EXPECT_FALSE(Alternatives(braces));
  EXPECT_FALSE(Alternatives(std::string(1 << 20, '{')));
  std::string stars;
  for (int i = 0; i < 100; ++i) stars += "*a";
  EXPECT_FALSE(Matches(stars + "b", std::string(250, 'a')));
}

}  // namespace
}  // namespace hearth::placement
