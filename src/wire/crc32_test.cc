#include "wire/crc32.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace hearth::wire {
namespace {

TEST(Crc32, IsJavas) {
  EXPECT_EQ(Crc32(""), 0U);
  EXPECT_EQ(Crc32("123456789"), 0xCBF43926U);
  EXPECT_EQ(Crc32(std::string(100, 'a')), 0xAF707A64U);
}

// Every length around the strides, from every alignment.
TEST(Crc32, IsTheTablesWhateverTheLength) {
  std::mt19937 random(1);
  std::string bytes(700, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (size_t begin = 0; begin < 17; ++begin) {
    for (size_t size = 0; size + begin <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(Crc32(part), Crc32ByTable(part)) << size << " bytes from " << begin;
    }
  }
}

}  // namespace
}  // namespace hearth::wire
