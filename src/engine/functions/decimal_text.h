// Decimal numbers of any size as digits, for what does not fit 128 bits: texts, and values named in errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::engine {

enum class HalfRounding { kUp, kEven };  // HALF_UP (away from zero), HALF_EVEN

// (negative ? -1 : 1) * digits * 10^-scale, as java.math.BigDecimal holds it. `digits` has no leading zeros
// but for "0" itself.
struct DecimalText {
  bool negative = false;
  std::string digits = "0";
  int64_t scale = 0;

  bool IsZero() const { return digits == "0"; }
  int64_t precision() const { return static_cast<int64_t>(digits.size()); }

  // The same number with another scale, rounded when digits fall off.
  DecimalText WithScale(int64_t new_scale, HalfRounding rounding) const;
  // BigDecimal.toPlainString.
  std::string ToPlainString() const;
  // The unscaled value at `new_scale`, rounded HALF_UP; null when it has more than `precision` digits.
  std::optional<__int128> Unscaled(int precision, int new_scale) const;

  // The grammar of java.math.BigDecimal(String), ASCII digits only; null for anything else.
  static std::optional<DecimalText> Parse(std::string_view text);
};

// Digits of a non-negative number.
std::string DigitsOf(unsigned __int128 value);

}  // namespace hearth::engine
