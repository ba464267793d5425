// Inputs for which the C library gives another last digit than StrictMath, and the edges; results are Java's.
#include "engine/functions/strict_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace hearth::engine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSmallest = std::numeric_limits<double>::denorm_min();

// Equality that tells zeros apart and takes NaN for itself.
void ExpectSame(double actual, double expected) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << actual;
  } else {
    EXPECT_EQ(std::bit_cast<uint64_t>(actual), std::bit_cast<uint64_t>(expected))
        << actual << " is not " << expected;
  }
}

TEST(StrictMath, Exponentials) {
  ExpectSame(StrictExp(-202), 0x1.7d843b0a76d0cp-292);
  ExpectSame(StrictExp(53.739392772516659), 0x1.7188308401bf2p+77);
  ExpectSame(StrictExp(611), 0x1.66b57e964cb62p+881);
  ExpectSame(StrictExp(-0.0), 1);
  ExpectSame(StrictExp(-745.1), kSmallest);
  ExpectSame(StrictExp(-745.2), 0);
  ExpectSame(StrictExp(709.79), kInfinity);
  ExpectSame(StrictExp(-kInfinity), 0);
  ExpectSame(StrictExp(kNaN), kNaN);
}

TEST(StrictMath, Logarithms) {
  ExpectSame(StrictLog(1195.52), 0x1.c586899856ffcp+2);
  ExpectSame(StrictLog(343), 0x1.759d602a5c3c2p+2);
  ExpectSame(StrictLog(1), 0);
  ExpectSame(StrictLog(-0.0), -kInfinity);
  ExpectSame(StrictLog(-1), kNaN);
  ExpectSame(StrictLog(kInfinity), kInfinity);
  ExpectSame(StrictLog10(0.74065401145780863), -0x1.0b07178c56fe4p-3);
  ExpectSame(StrictLog10(97.093204592916408), 0x1.fcb86852d3c14p+0);
  ExpectSame(StrictLog10(1000), 3);
  ExpectSame(StrictLog10(0), -kInfinity);
}

TEST(StrictMath, Powers) {
  ExpectSame(StrictPow(10.289836703446209, -7.9228620551739803), 0x1.473f81a2cb3cp-27);
  ExpectSame(StrictPow(459, 9), 0x1.7efcc5c0a2bfap+79);
  ExpectSame(StrictPow(3572.26, 2.25), 0x1.785764313f844p+26);
  ExpectSame(StrictPow(-2, 3), -8);
  ExpectSame(StrictPow(-2, 0.5), kNaN);
  ExpectSame(StrictPow(-0.0, -3), -kInfinity);
  ExpectSame(StrictPow(-0.0, 0.5), 0);
  ExpectSame(StrictPow(kNaN, 0), 1);
  ExpectSame(StrictPow(1, kInfinity), kNaN);  // one in C
  ExpectSame(StrictPow(0.5, kInfinity), 0);
  ExpectSame(StrictPow(2, -1074), kSmallest);
  ExpectSame(StrictPow(2, -1075), 0);
  ExpectSame(StrictPow(10, 308.5), kInfinity);
  ExpectSame(StrictPow(-kInfinity, 3), -kInfinity);
}

}  // namespace
}  // namespace hearth::engine
