// Unsigned integers of 512 bits, for the intermediate values of decimal arithmetic that 128 bits cannot hold:
// a quotient of two decimals at 39 digits behind the point has up to 10^115. Slow and simple; the common case
// of each operation does without.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace hearth::engine {

class Wide {
 public:
  Wide() = default;
  explicit Wide(unsigned __int128 value);

  static Wide TenTo(int exponent);  // 0 to 153

  // REQUIRES: results that fit 512 bits; for a difference, a not less than b.
  friend Wide operator+(const Wide& a, const Wide& b);
  friend Wide operator-(const Wide& a, const Wide& b);
  friend Wide operator*(const Wide& a, const Wide& b);
  friend std::strong_ordering operator<=>(const Wide& a, const Wide& b);
  friend bool operator==(const Wide& a, const Wide& b) = default;

  struct Division;
  // REQUIRES: a divisor that is not zero.
  Division DivideBy(const Wide& divisor) const;
  // The quotient, rounded half away from zero.
  Wide DivideHalfUp(const Wide& divisor) const;

  bool IsZero() const;
  bool FitsInt128() const;  // as a positive value
  __int128 ToInt128() const;
  uint64_t low() const { return limbs_[0] | uint64_t{limbs_[1]} << 32; }
  int CountDigits() const;  // at least 1
  std::string ToString() const;

 private:
  static constexpr int kLimbs = 16;
  int UsedLimbs() const;

  std::array<uint32_t, kLimbs> limbs_ = {};  // least significant first
};

struct Wide::Division {
  Wide quotient;
  Wide remainder;
};

}  // namespace hearth::engine
