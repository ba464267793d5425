// Decimals as their text in a message: Java's BigDecimal(String).
#pragma once

#include <optional>
#include <string_view>

#include "spark/types/value.h"

namespace hearth::spark {

struct ParsedDecimal {
  Decimal value;
  int precision = 0;  // at least `scale`, and 1
  int scale = 0;      // not negative: an exponent beyond the digits becomes zeros
};

// "-12.50", "1E+3", ".5". Nullopt if the text is no decimal, or one of more than 38 digits.
std::optional<ParsedDecimal> ParseDecimal(std::string_view text);

// The unscaled value at a larger scale; nullopt if it would need more than 38 digits.
std::optional<Decimal> Rescale(Decimal value, int from_scale, int to_scale);

}  // namespace hearth::spark
