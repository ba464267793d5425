// Spark's arithmetic on decimals, to the last digit: org.apache.spark.sql.types.Decimal computes with
// BigDecimal and rounds twice, first to 39 digits (multiplication) or 39 places (division), then to the
// result's scale. Each operation has a path in 128 bits where that cannot matter, and one in 512 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/functions/decimal_text.h"
#include "engine/functions/variant_name.h"

namespace hearth::engine {

// 10^exponent. REQUIRES: 0 to 38.
__int128 PowerOfTen(int exponent);

// a / b rounded to the nearest, halves as said. REQUIRES: b > 0.
__int128 DivideHalf(__int128 a, __int128 b, HalfRounding rounding);

// A finite number's text ("1.5E10") rounded at `digits` behind the point (negative: before it), plain.
std::string RoundDecimalText(const std::string& text, int digits, HalfRounding rounding);

// unscaled * 10^-scale as text digits, for errors.
DecimalText TextOf(__int128 unscaled, int scale);

// What an operation on two decimals gives: a value of the result's shape, or why there is none.
struct DecimalOutcome {
  enum class Failure { kNone, kZeroDivisor, kOutOfRange, kTooManyDigits };
  Failure failure = Failure::kNone;
  __int128 value = 0;
};

// The value, or the failure with the exact intermediate value for the error in `out_of_range`, unless that is
// null. `operation`: kAdd to kPmod.
DecimalOutcome Calculate(VariantOperation operation, __int128 left, DecimalShape left_shape, __int128 right,
                         DecimalShape right_shape, DecimalShape result, std::string* out_of_range);

// The same number at another scale, HALF_UP; null when it does not fit.
std::optional<__int128> Rescale(__int128 value, int scale, DecimalShape result);

// left div right, cut to 64 bits as BigDecimal.longValue does; null: division by zero.
std::optional<int64_t> IntegralQuotient(__int128 left, int left_scale, __int128 right, int right_scale);

// round, bround, ceil, floor: at `digits` behind the point, then as the result's shape; null when it does not
// fit.
std::optional<__int128> RoundDecimal(VariantOperation operation, __int128 value, int scale, int digits,
                                     DecimalShape result);

// Nearest double or float, as BigDecimal.doubleValue and floatValue.
double DecimalToDouble(__int128 value, int scale);
float DecimalToFloat(__int128 value, int scale);

}  // namespace hearth::engine
