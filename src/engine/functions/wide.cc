#include "engine/functions/wide.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "base/check.h"

namespace hearth::engine {

Wide::Wide(unsigned __int128 value) {
  for (int i = 0; i < 4; ++i, value >>= 32) limbs_[static_cast<size_t>(i)] = static_cast<uint32_t>(value);
}

Wide Wide::TenTo(int exponent) {
  HEARTH_CHECK(exponent >= 0 && exponent <= 153) << exponent;
  static const auto* const powers = [] {
    auto* table = new std::vector<Wide>{Wide(1)};
    for (int i = 1; i <= 153; ++i) table->push_back(table->back() * Wide(10));
    return table;
  }();
  return (*powers)[static_cast<size_t>(exponent)];
}

Wide operator+(const Wide& a, const Wide& b) {
  Wide sum;
  uint64_t carry = 0;
  for (size_t i = 0; i < Wide::kLimbs; ++i) {
    carry += uint64_t{a.limbs_[i]} + b.limbs_[i];
    sum.limbs_[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  return sum;
}

Wide operator-(const Wide& a, const Wide& b) {
  Wide difference;
  int64_t borrow = 0;
  for (size_t i = 0; i < Wide::kLimbs; ++i) {
    const int64_t limb = int64_t{a.limbs_[i]} - b.limbs_[i] + borrow;
    difference.limbs_[i] = static_cast<uint32_t>(limb);
    borrow = limb < 0 ? -1 : 0;
  }
  return difference;
}

Wide operator*(const Wide& a, const Wide& b) {
  Wide product;
  const int used_a = a.UsedLimbs();
  const int used_b = b.UsedLimbs();
  for (int i = 0; i < used_a; ++i) {
    uint64_t carry = 0;
    for (int j = 0; i + j < Wide::kLimbs && (j < used_b || carry != 0); ++j) {
      const auto at = static_cast<size_t>(i + j);
      const uint64_t factor = j < used_b ? b.limbs_[static_cast<size_t>(j)] : 0;
      carry += product.limbs_[at] + a.limbs_[static_cast<size_t>(i)] * factor;
      product.limbs_[at] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  return product;
}

std::strong_ordering operator<=>(const Wide& a, const Wide& b) {
  for (size_t i = Wide::kLimbs; i-- > 0;) {
    if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] <=> b.limbs_[i];
  }
  return std::strong_ordering::equal;
}

// Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D, with 32-bit digits.
Wide::Division Wide::DivideBy(const Wide& divisor) const {
  const int n = divisor.UsedLimbs();
  HEARTH_CHECK(n > 0) << "division by zero";
  const int m = UsedLimbs() - n;
  Division result;
  if (m < 0) {
    result.remainder = *this;
    return result;
  }
  if (n == 1) {
    uint64_t rest = 0;
    for (size_t i = kLimbs; i-- > 0;) {
      rest = rest << 32 | limbs_[i];
      result.quotient.limbs_[i] = static_cast<uint32_t>(rest / divisor.limbs_[0]);
      rest %= divisor.limbs_[0];
    }
    result.remainder = Wide(rest);
    return result;
  }
  // Shifting both until the divisor's top bit is set makes each guessed digit wrong by 2 at most.
  const int shift = std::countl_zero(divisor.limbs_[static_cast<size_t>(n - 1)]);
  std::array<uint64_t, kLimbs + 1> u = {};
  std::array<uint64_t, kLimbs> v = {};
  for (int i = 0; i <= m + n; ++i) {
    const uint64_t high = i < kLimbs ? limbs_[static_cast<size_t>(i)] : 0;
    const uint64_t low = i > 0 ? limbs_[static_cast<size_t>(i - 1)] : 0;
    u[static_cast<size_t>(i)] = static_cast<uint32_t>((high << 32 | low) << shift >> 32);
  }
  for (int i = 0; i < n; ++i) {
    const uint64_t high = divisor.limbs_[static_cast<size_t>(i)];
    const uint64_t low = i > 0 ? divisor.limbs_[static_cast<size_t>(i - 1)] : 0;
    v[static_cast<size_t>(i)] = static_cast<uint32_t>((high << 32 | low) << shift >> 32);
  }
  constexpr uint64_t kBase = uint64_t{1} << 32;
  for (int j = m; j >= 0; --j) {
    const auto at = static_cast<size_t>(j);
    const auto top = static_cast<size_t>(n);
    const uint64_t two = u[at + top] << 32 | u[at + top - 1];
    uint64_t guess = two / v[top - 1];
    uint64_t rest = two % v[top - 1];
    while (guess >= kBase || guess * v[top - 2] > (rest << 32 | u[at + top - 2])) {
      --guess;
      rest += v[top - 1];
      if (rest >= kBase) break;
    }
    int64_t borrow = 0;
    for (size_t i = 0; i < top; ++i) {
      const uint64_t product = guess * v[i];
      const int64_t limb =
          static_cast<int64_t>(u[at + i]) + borrow - static_cast<int64_t>(product & 0xffffffff);
      u[at + i] = static_cast<uint32_t>(limb);
      borrow = (limb >> 32) - static_cast<int64_t>(product >> 32);
    }
    const int64_t last = static_cast<int64_t>(u[at + top]) + borrow;
    u[at + top] = static_cast<uint32_t>(last);
    if (last < 0) {
      --guess;
      uint64_t carry = 0;
      for (size_t i = 0; i < top; ++i) {
        carry += u[at + i] + v[i];
        u[at + i] = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
      u[at + top] = static_cast<uint32_t>(u[at + top] + carry);
    }
    result.quotient.limbs_[at] = static_cast<uint32_t>(guess);
  }
  for (int i = 0; i < n; ++i) {
    const auto at = static_cast<size_t>(i);
    result.remainder.limbs_[at] = static_cast<uint32_t>((u[at + 1] << 32 | u[at]) >> shift);
  }
  return result;
}

Wide Wide::DivideHalfUp(const Wide& divisor) const {
  Division division = DivideBy(divisor);
  return division.remainder + division.remainder >= divisor ? division.quotient + Wide(1) : division.quotient;
}

bool Wide::IsZero() const { return UsedLimbs() == 0; }

bool Wide::FitsInt128() const { return UsedLimbs() < 4 || (UsedLimbs() == 4 && limbs_[3] < 0x80000000); }

__int128 Wide::ToInt128() const {
  HEARTH_CHECK(FitsInt128());
  unsigned __int128 value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 32 | limbs_[i];
  return static_cast<__int128>(value);
}

int Wide::CountDigits() const {
  int digits = 1;
  while (digits <= 153 && *this >= TenTo(digits)) ++digits;
  return digits;
}

std::string Wide::ToString() const {
  std::string digits;
  Wide rest = *this;
  do {
    const Division division = rest.DivideBy(Wide(10));
    digits += static_cast<char>('0' + division.remainder.limbs_[0]);
    rest = division.quotient;
  } while (!rest.IsZero());
  std::reverse(digits.begin(), digits.end());
  return digits;
}

int Wide::UsedLimbs() const {
  int used = kLimbs;
  while (used > 0 && limbs_[static_cast<size_t>(used - 1)] == 0) --used;
  return used;
}

}  // namespace hearth::engine
