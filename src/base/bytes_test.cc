#include "base/bytes.h"

#include <gtest/gtest.h>

namespace hearth::base {
namespace {

int64_t Parsed(std::string_view text) {
  const absl::StatusOr<Bytes> bytes = Bytes::Parse(text);
  return bytes.ok() ? bytes->count() : -1;
}

TEST(Bytes, ParsesUnitsInAnyCase) {
  EXPECT_EQ(Parsed("1024"), 1024);
  EXPECT_EQ(Parsed("7b"), 7);
  EXPECT_EQ(Parsed("3k"), 3 << 10);
  EXPECT_EQ(Parsed("512m"), 512 << 20);
  EXPECT_EQ(Parsed("512MB"), 512 << 20);
  EXPECT_EQ(Parsed("2g"), int64_t{2} << 30);
  EXPECT_EQ(Parsed("2GiB"), int64_t{2} << 30);
  EXPECT_EQ(Parsed("2 gib"), int64_t{2} << 30);
  EXPECT_EQ(Parsed("1T"), int64_t{1} << 40);
}

TEST(Bytes, ParsesFractions) {
  EXPECT_EQ(Parsed("1.5k"), 1536);
  EXPECT_EQ(Parsed("0.5GiB"), 512 << 20);
}

TEST(Bytes, ParsesTheLargestExactly) {
  EXPECT_EQ(Parsed("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(Parsed("8388607t"), int64_t{8388607} << 40);
  EXPECT_EQ(Parsed("8388608t"), -1);
  EXPECT_EQ(Parsed("9223372036854775808"), -1);
  EXPECT_EQ(Parsed("8388608.5t"), -1);
}

TEST(Bytes, RefusesWhatIsNoAmount) {
  for (const char* text : {"", "g", "-1g", "2x", "2gbi", "2bb", "1.2.3", "2g 3", ".", "inf", "1e3"}) {
    EXPECT_EQ(Parsed(text), -1) << text;
  }
}

TEST(Bytes, PrintsWhatParsesToTheSame) {
  EXPECT_EQ(Bytes().ToString(), "0B");
  EXPECT_EQ(Bytes(1000).ToString(), "1000B");
  EXPECT_EQ(Bytes::MiB(1536).ToString(), "1536MiB");
  EXPECT_EQ(Bytes::GiB(2).ToString(), "2GiB");
  EXPECT_EQ(Bytes::GiB(4096).ToString(), "4TiB");
  EXPECT_EQ(Parsed(Bytes::GiB(int64_t{1} << 20).ToString()), int64_t{1} << 50);
}

TEST(Bytes, ComparesAndAdds) {
  EXPECT_LT(Bytes::MiB(1), Bytes::GiB(1));
  EXPECT_EQ(Bytes::MiB(1) + Bytes::MiB(1) - Bytes::MiB(2), Bytes());
}

}  // namespace
}  // namespace hearth::base
