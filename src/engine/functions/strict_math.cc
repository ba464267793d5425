#include "engine/functions/strict_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace hearth::engine {
namespace {

// A double as two words, which the algorithms compute with.
int32_t High(double x) { return static_cast<int32_t>(std::bit_cast<uint64_t>(x) >> 32); }
uint32_t Low(double x) { return static_cast<uint32_t>(std::bit_cast<uint64_t>(x)); }

double FromWords(int32_t high, uint32_t low) {
  return std::bit_cast<double>(uint64_t{static_cast<uint32_t>(high)} << 32 | low);
}
double WithHigh(double x, int32_t high) { return FromWords(high, Low(x)); }
// x without the lower half of its digits.
double Truncated(double x) { return FromWords(High(x), 0); }
double AddExponent(double x, int exponent) { return WithHigh(x, High(x) + exponent * (1 << 20)); }

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int32_t kSignless = 0x7fffffff;
constexpr int32_t kMantissa = 0x000fffff;
constexpr int32_t kOne = 0x3ff00000;
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kInverseLn2 = 1.44269504088896338700e+00;

// What Remez' algorithm gave for x*(exp(x)+1)/(exp(x)-1).
double ExpPolynomial(double t) {
  constexpr double kP1 = 1.66666666666666019037e-01;
  constexpr double kP2 = -2.77777777770155933842e-03;
  constexpr double kP3 = 6.61375632143793436117e-05;
  constexpr double kP4 = -1.65339022054652515390e-06;
  constexpr double kP5 = 4.13813679705723846039e-08;
  return t * (kP1 + t * (kP2 + t * (kP3 + t * (kP4 + t * kP5))));
}

// A positive, finite number as 2^exponent * mantissa; a subnormal one is scaled first.
struct Split {
  double mantissa;
  int exponent;
};
Split Normalized(double x) {
  if (High(x) < 0x00100000) return {x * 0x1p54, -54};
  return {x, 0};
}

// ---- parts of StrictPow ----

// What y is to the sign of a negative base.
enum class Parity { kNoInteger, kOdd, kEven };

Parity ParityOf(double y) {
  const int32_t high = High(y) & kSignless;
  if (high >= 0x43400000) return Parity::kEven;  // 2^53 and more
  if (high < kOne) return Parity::kNoInteger;
  const int exponent = (high >> 20) - 0x3ff;
  if (exponent > 20) {
    const uint32_t whole = Low(y) >> (52 - exponent);
    if (whole << (52 - exponent) != Low(y)) return Parity::kNoInteger;
    return (whole & 1) != 0 ? Parity::kOdd : Parity::kEven;
  }
  if (Low(y) != 0) return Parity::kNoInteger;
  const int32_t whole = high >> (20 - exponent);
  if (whole << (20 - exponent) != high) return Parity::kNoInteger;
  return (whole & 1) != 0 ? Parity::kOdd : Parity::kEven;
}

// A number in two parts, the first of which has few digits.
struct Pair {
  double head;
  double tail;
};

// log2 of |x| near 1, for huge exponents: |1 - x| is at most 2^-20 there.
Pair LogNearOne(double x) {
  constexpr double kInverseLn2High = 1.44269502162933349609e+00;
  constexpr double kInverseLn2Low = 1.92596299112661746887e-08;
  const double t = x - 1;
  const double w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
  const double u = kInverseLn2High * t;
  const double v = t * kInverseLn2Low - w * kInverseLn2;
  const double head = Truncated(u + v);
  return {head, v - (head - u)};
}

// log2 of a positive, finite x.
Pair Log2(double x) {
  constexpr double kBase[] = {1.0, 1.5};
  constexpr double kLogHigh[] = {0.0, 5.84962487220764160156e-01};
  constexpr double kLogLow[] = {0.0, 1.35003920212974897128e-08};
  constexpr double kL1 = 5.99999999999994648725e-01;
  constexpr double kL2 = 4.28571428578550184252e-01;
  constexpr double kL3 = 3.33333329818377432918e-01;
  constexpr double kL4 = 2.72728123808534006489e-01;
  constexpr double kL5 = 2.30660745775561754067e-01;
  constexpr double kL6 = 2.06975017800338417784e-01;
  constexpr double kCp = 9.61796693925975554329e-01;  // 2 / (3 ln 2)
  constexpr double kCpHigh = 9.61796700954437255859e-01;
  constexpr double kCpLow = -7.02846165095275826516e-09;

  int n = 0;
  double ax = x;
  if (High(ax) < 0x00100000) {
    ax *= 0x1p53;
    n -= 53;
  }
  n += (High(ax) >> 20) - 0x3ff;
  const int32_t mantissa = High(ax) & kMantissa;
  int32_t high = mantissa | kOne;
  int k = 0;  // the base that the mantissa is nearest to
  if (mantissa > 0x3988E) {
    if (mantissa < 0xBB67A) {
      k = 1;
    } else {
      ++n;
      high -= 0x00100000;
    }
  }
  ax = WithHigh(ax, high);

  // ss = s_h + s_l = (x-1)/(x+1) or (x-1.5)/(x+1.5)
  const double u = ax - kBase[k];
  const double v = 1.0 / (ax + kBase[k]);
  const double ss = u * v;
  const double s_h = Truncated(ss);
  const double t_h = FromWords(((high >> 1) | 0x20000000) + 0x00080000 + k * (1 << 18), 0);
  const double t_l = ax - (t_h - kBase[k]);
  const double s_l = v * ((u - s_h * t_h) - s_h * t_l);
  // log(ax)
  double s2 = ss * ss;
  double r = s2 * s2 * (kL1 + s2 * (kL2 + s2 * (kL3 + s2 * (kL4 + s2 * (kL5 + s2 * kL6)))));
  r += s_l * (s_h + ss);
  s2 = s_h * s_h;
  const double q_h = Truncated(3.0 + s2 + r);
  const double q_l = r - ((q_h - 3.0) - s2);
  const double product_u = s_h * q_h;
  const double product_v = s_l * q_h + q_l * ss;
  const double p_h = Truncated(product_u + product_v);
  const double p_l = product_v - (p_h - product_u);
  const double z_h = kCpHigh * p_h;
  const double z_l = kCpLow * p_h + p_l * kCp + kLogLow[k];
  const double t = n;
  const double head = Truncated(((z_h + z_l) + kLogHigh[k]) + t);
  return {head, z_l - (((head - t) - kLogHigh[k]) - z_h)};
}

// sign * 2^(head + tail), where `sum` is head + tail rounded.
double PowerOfTwo(double sign, double head, double tail) {
  constexpr double kHuge = 1.0e300;
  constexpr double kTiny = 1.0e-300;
  constexpr double kOverflowTail =
      8.0085662595372944372e-0017;  // -(1024 - log2(the largest number + half a unit))
  constexpr double kLn2 = 6.93147180559945286227e-01;
  constexpr double kLn2Head = 6.93147182464599609375e-01;
  constexpr double kLn2Tail = -1.90465429995776804525e-09;
  const double sum = tail + head;
  const int32_t j = High(sum);
  const auto low = static_cast<int32_t>(Low(sum));
  if (j >= 0x40900000) {  // 1024 and more
    const bool beyond = ((j - 0x40900000) | low) != 0;
    if (beyond || tail + kOverflowTail > sum - head) return sign * kHuge * kHuge;
  } else if ((j & kSignless) >= 0x4090cc00) {  // -1075 and less
    const auto over = static_cast<int32_t>(static_cast<uint32_t>(j) - 0xc090cc00U);
    if ((over | low) != 0 || tail <= sum - head) return sign * kTiny * kTiny;
  }
  // The whole part of the exponent, rounded.
  const int32_t i = j & kSignless;
  int exponent = (i >> 20) - 0x3ff;
  int n = 0;
  if (i > 0x3fe00000) {  // more than a half
    n = j + (0x00100000 >> (exponent + 1));
    exponent = ((n & kSignless) >> 20) - 0x3ff;
    const double whole = FromWords(n & ~(kMantissa >> exponent), 0);
    n = ((n & kMantissa) | 0x00100000) >> (20 - exponent);
    if (j < 0) n = -n;
    head -= whole;
  }
  const double t = Truncated(tail + head);
  const double u = t * kLn2Head;
  const double v = (tail - (t - head)) * kLn2 + t * kLn2Tail;
  double z = u + v;
  const double w = v - (z - u);
  const double c = z - ExpPolynomial(z * z);
  const double r = (z * c) / (c - 2.0) - (w + z * w);
  z = 1.0 - (r - z);
  const int32_t high = High(z) + n * (1 << 20);
  // Subnormal results are rounded once more.
  return sign * ((high >> 20) <= 0 ? std::scalbn(z, n) : WithHigh(z, high));
}

double PowerOfInfiniteExponent(double base, double exponent) {
  const double magnitude = std::abs(base);
  if (magnitude == 1) return kNaN;
  return (magnitude > 1) == (exponent > 0) ? kInfinity : 0;
}

}  // namespace

double StrictExp(double x) {
  constexpr double kOverflow = 7.09782712893383973096e+02;
  constexpr double kUnderflow = -7.45133219101941108420e+02;
  if (std::isnan(x)) return x;
  if (x > kOverflow) return kInfinity;
  if (x < kUnderflow) return 0;
  const bool negative = std::signbit(x);
  const int32_t high = High(x) & kSignless;
  double hi = 0;
  double lo = 0;
  int k = 0;
  if (high > 0x3fd62e42) {    // more than half of ln 2
    if (high < 0x3FF0A2B2) {  // less than three halves
      hi = negative ? x + kLn2High : x - kLn2High;
      lo = negative ? -kLn2Low : kLn2Low;
      k = negative ? -1 : 1;
    } else {
      k = static_cast<int>(kInverseLn2 * x + (negative ? -0.5 : 0.5));
      hi = x - k * kLn2High;
      lo = k * kLn2Low;
    }
    x = hi - lo;
  } else if (high < 0x3e300000) {  // less than 2^-28
    return 1 + x;
  }
  const double c = x - ExpPolynomial(x * x);
  if (k == 0) return 1 - ((x * c) / (c - 2.0) - x);
  const double y = 1 - ((lo - (x * c) / (2.0 - c)) - hi);
  return k >= -1021 ? AddExponent(y, k) : AddExponent(y, k + 1000) * 0x1p-1000;
}

double StrictLog(double x) {
  constexpr double kLg1 = 6.666666666666735130e-01;
  constexpr double kLg2 = 3.999999999940941908e-01;
  constexpr double kLg3 = 2.857142874366239149e-01;
  constexpr double kLg4 = 2.222219843214978396e-01;
  constexpr double kLg5 = 1.818357216161805012e-01;
  constexpr double kLg6 = 1.531383769920937332e-01;
  constexpr double kLg7 = 1.479819860511658591e-01;
  if (x == 0) return -kInfinity;
  if (x < 0) return kNaN;
  if (!std::isfinite(x)) return x;
  Split split = Normalized(x);
  int32_t high = High(split.mantissa);
  split.exponent += (high >> 20) - 1023;
  high &= kMantissa;
  const int32_t half = (high + 0x95f64) & 0x100000;  // whether the mantissa is above the root of 2
  split.exponent += half >> 20;
  const double f = WithHigh(split.mantissa, high | (half ^ kOne)) - 1.0;
  const double k = split.exponent;
  if ((kMantissa & (2 + high)) < 3) {  // |f| < 2^-20
    if (f == 0) return split.exponent == 0 ? 0 : k * kLn2High + k * kLn2Low;
    const double r = f * f * (0.5 - 0.33333333333333333 * f);
    return split.exponent == 0 ? f - r : k * kLn2High - ((r - k * kLn2Low) - f);
  }
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double t1 = w * (kLg2 + w * (kLg4 + w * kLg6));
  const double t2 = z * (kLg1 + w * (kLg3 + w * (kLg5 + w * kLg7)));
  const double r = t2 + t1;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const double half_square = 0.5 * f * f;
    if (split.exponent == 0) return f - (half_square - s * (half_square + r));
    return k * kLn2High - ((half_square - (s * (half_square + r) + k * kLn2Low)) - f);
  }
  if (split.exponent == 0) return f - s * (f - r);
  return k * kLn2High - ((s * (f - r) - k * kLn2Low) - f);
}

double StrictLog10(double x) {
  constexpr double kInverseLn10 = 4.34294481903251816668e-01;
  constexpr double kLog10Of2High = 3.01029995663611771306e-01;
  constexpr double kLog10Of2Low = 3.69423907715893078616e-13;
  if (x == 0) return -kInfinity;
  if (x < 0) return kNaN;
  if (!std::isfinite(x)) return x;
  Split split = Normalized(x);
  const int32_t high = High(split.mantissa);
  split.exponent += (high >> 20) - 1023;
  const int i = split.exponent < 0 ? 1 : 0;
  const double y = split.exponent + i;
  const double mantissa = WithHigh(split.mantissa, (high & kMantissa) | ((0x3ff - i) << 20));
  const double z = y * kLog10Of2Low + kInverseLn10 * StrictLog(mantissa);
  return z + y * kLog10Of2High;
}

double StrictPow(double x, double y) {
  if (y == 0) return 1;
  if (std::isnan(x) || std::isnan(y)) return kNaN;
  if (std::isinf(y)) return PowerOfInfiniteExponent(x, y);
  if (y == 1) return x;
  if (y == -1) return 1.0 / x;
  if (y == 2) return x * x;
  if (y == 0.5 && High(x) >= 0) return std::sqrt(x);
  const Parity parity = std::signbit(x) ? ParityOf(y) : Parity::kEven;
  const double magnitude = std::abs(x);
  if (std::isinf(magnitude) || magnitude == 0 || magnitude == 1) {
    const double z = y < 0 ? 1.0 / magnitude : magnitude;
    if (!std::signbit(x)) return z;
    if (magnitude == 1 && parity == Parity::kNoInteger) return kNaN;
    return parity == Parity::kOdd ? -z : z;
  }
  if (parity == Parity::kNoInteger) return kNaN;
  const double sign = parity == Parity::kOdd ? -1.0 : 1.0;
  const int32_t y_high = High(y) & kSignless;
  const int32_t x_high = High(magnitude);
  constexpr double kHuge = 1.0e300;
  constexpr double kTiny = 1.0e-300;
  Pair log2{};
  if (y_high > 0x41e00000) {    // 2^31 and more
    if (y_high > 0x43f00000) {  // 2^64 and more: nothing but overflow and underflow
      if (x_high <= 0x3fefffff) return y < 0 ? kInfinity : 0;
      return y > 0 ? kInfinity : 0;
    }
    if (x_high < 0x3fefffff) return y < 0 ? sign * kHuge * kHuge : sign * kTiny * kTiny;
    if (x_high > kOne) return y > 0 ? sign * kHuge * kHuge : sign * kTiny * kTiny;
    log2 = LogNearOne(magnitude);
  } else {
    log2 = Log2(magnitude);
  }
  const double y_head = Truncated(y);
  const double tail = (y - y_head) * log2.head + y * log2.tail;
  const double head = y_head * log2.head;
  return PowerOfTwo(sign, head, tail);
}

}  // namespace hearth::engine
