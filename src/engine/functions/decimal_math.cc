#include "engine/functions/decimal_math.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "engine/functions/wide.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

// DecimalType.MAX_PRECISION + 1: the digits of Spark's MathContext, and the scale of a quotient before it is
// rounded.
constexpr int kMaxPrecision = 38;
constexpr int kWorkingDigits = 39;

using Magnitude = unsigned __int128;

Magnitude MagnitudeOf(__int128 value) {
  return value < 0 ? -static_cast<Magnitude>(value) : static_cast<Magnitude>(value);
}

// A number with a sign at some scale.
struct Signed {
  bool negative = false;
  Wide magnitude;
};

Signed Widen(__int128 value, int shift) { return {value < 0, Wide(MagnitudeOf(value)) * Wide::TenTo(shift)}; }

Signed Sum(const Signed& a, const Signed& b) {
  if (a.negative == b.negative) return {a.negative, a.magnitude + b.magnitude};
  if (a.magnitude >= b.magnitude) return {a.negative, a.magnitude - b.magnitude};
  return {b.negative, b.magnitude - a.magnitude};
}

bool FitsPrecision(__int128 value, int precision) {
  const __int128 limit = PowerOfTen(precision);  // of 38 digits it fits 127 bits
  return value < limit && value > -limit;
}

// Ends the slow path of each operation: rounds to the result's scale and checks its precision.
DecimalOutcome Finish(const Signed& exact, int scale, DecimalShape result, std::string* out_of_range) {
  const Wide rounded = scale > result.scale ? exact.magnitude.DivideHalfUp(Wide::TenTo(scale - result.scale))
                                            : exact.magnitude * Wide::TenTo(result.scale - scale);
  if (rounded < Wide::TenTo(result.precision)) {
    const __int128 value = rounded.ToInt128();
    return {.value = exact.negative ? -value : value};
  }
  if (out_of_range != nullptr) {
    *out_of_range = DecimalText{exact.negative, exact.magnitude.ToString(), scale}.ToPlainString();
  }
  return {.failure = DecimalOutcome::Failure::kOutOfRange};
}

// Ends the fast paths; null sends the operation to the slow one, which knows the words for a failure.
std::optional<__int128> FinishFast(__int128 value, int scale, DecimalShape result) {
  return Rescale(value, scale, result);
}

std::optional<__int128> ScaleUp(__int128 value, int digits) {
  __int128 scaled;
  if (digits > kMaxPrecision || __builtin_mul_overflow(value, PowerOfTen(digits), &scaled))
    return std::nullopt;
  return scaled;
}

DecimalOutcome AddOrSubtract(bool subtract, __int128 left, int left_scale, __int128 right, int right_scale,
                             DecimalShape result, std::string* out_of_range) {
  const int scale = std::max(left_scale, right_scale);
  const std::optional<__int128> a = ScaleUp(left, scale - left_scale);
  const std::optional<__int128> b = ScaleUp(subtract ? -right : right, scale - right_scale);
  __int128 sum;
  if (a.has_value() && b.has_value() && !__builtin_add_overflow(*a, *b, &sum)) {
    if (const auto value = FinishFast(sum, scale, result)) return {.value = *value};
  }
  Signed addend = Widen(right, scale - right_scale);
  addend.negative ^= subtract;
  return Finish(Sum(Widen(left, scale - left_scale), addend), scale, result, out_of_range);
}

DecimalOutcome Multiply(__int128 left, int left_scale, __int128 right, int right_scale, DecimalShape result,
                        std::string* out_of_range) {
  int scale = left_scale + right_scale;
  __int128 product;
  if (!__builtin_mul_overflow(left, right, &product)) {
    // 127 bits are 39 digits at most: the first rounding changes nothing.
    if (const auto value = FinishFast(product, scale, result)) return {.value = *value};
  }
  Signed exact{(left < 0) != (right < 0), Wide(MagnitudeOf(left)) * Wide(MagnitudeOf(right))};
  int excess = exact.magnitude.CountDigits() - kWorkingDigits;
  if (excess > 0) {
    exact.magnitude = exact.magnitude.DivideHalfUp(Wide::TenTo(excess));
    // Rounding up can add a digit (999.. to 1000..), which the second pass drops again: it is a zero.
    if (exact.magnitude.CountDigits() > kWorkingDigits) {
      exact.magnitude = exact.magnitude.DivideBy(Wide(10)).quotient;
      ++excess;
    }
    scale -= excess;
  }
  if (scale < 0) {
    exact.magnitude = exact.magnitude * Wide::TenTo(-scale);
    scale = 0;
  }
  return Finish(exact, scale, result, out_of_range);
}

// The quotient at the result's scale when no digit behind it can matter twice; null: take the slow path.
std::optional<__int128> FastQuotient(__int128 left, int left_scale, __int128 right, int right_scale,
                                     DecimalShape result) {
  const int shift = result.scale + right_scale - left_scale;
  if (shift < 0) return std::nullopt;
  const std::optional<__int128> numerator = ScaleUp(left, shift);
  if (!numerator.has_value()) return std::nullopt;
  const Magnitude n = MagnitudeOf(*numerator);
  const Magnitude d = MagnitudeOf(right);
  const Magnitude quotient = n / d;
  const Magnitude remainder = n % d;
  const bool away = remainder >= d - remainder;
  // Rounding at 39 places first can lift a remainder just under one half to one half. Under half means a
  // distance of at least 1/(2d), so it takes a divisor of more digits than lie between the two roundings.
  if (!away &&
      d > static_cast<Magnitude>(PowerOfTen(std::min(kMaxPrecision, kWorkingDigits - result.scale)))) {
    return std::nullopt;
  }
  const auto value = static_cast<__int128>(quotient + (away ? 1 : 0));
  if (!FitsPrecision(value, result.precision)) return std::nullopt;
  return (left < 0) != (right < 0) ? -value : value;
}

DecimalOutcome Divide(__int128 left, int left_scale, __int128 right, int right_scale, DecimalShape result,
                      std::string* out_of_range) {
  if (right == 0) return {.failure = DecimalOutcome::Failure::kZeroDivisor};
  if (const auto value = FastQuotient(left, left_scale, right, right_scale, result)) return {.value = *value};
  const int shift = kWorkingDigits + right_scale - left_scale;  // at least 1
  const Wide quotient = (Wide(MagnitudeOf(left)) * Wide::TenTo(shift)).DivideHalfUp(Wide(MagnitudeOf(right)));
  return Finish({(left < 0) != (right < 0), quotient}, kWorkingDigits, result, out_of_range);
}

DecimalOutcome RemainderOf(bool positive, __int128 left, int left_scale, __int128 right, int right_scale,
                           DecimalShape result, std::string* out_of_range) {
  if (right == 0) return {.failure = DecimalOutcome::Failure::kZeroDivisor};
  const int scale = std::max(left_scale, right_scale);
  const Signed dividend = Widen(left, scale - left_scale);
  const Signed divisor = Widen(right, scale - right_scale);
  const Wide::Division division = dividend.magnitude.DivideBy(divisor.magnitude);
  // BigDecimal.remainder refuses a quotient that needs more digits than its context has.
  if (division.quotient.CountDigits() > kWorkingDigits)
    return {.failure = DecimalOutcome::Failure::kTooManyDigits};
  Signed remainder{dividend.negative, division.remainder};
  if (positive && remainder.negative && !remainder.magnitude.IsZero()) {
    remainder = Sum(remainder, divisor);
    remainder.magnitude = remainder.magnitude.DivideBy(divisor.magnitude).remainder;
  }
  return Finish(remainder, scale, result, out_of_range);
}

}  // namespace

__int128 PowerOfTen(int exponent) {
  static constexpr auto kPowers = [] {
    std::array<__int128, kMaxPrecision + 1> powers{};
    powers[0] = 1;
    for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
  }();
  return kPowers[static_cast<size_t>(exponent)];
}

__int128 DivideHalf(__int128 a, __int128 b, HalfRounding rounding) {
  const __int128 quotient = a / b;
  const __int128 remainder = a % b;
  const Magnitude distance = MagnitudeOf(remainder);
  const Magnitude rest = static_cast<Magnitude>(b) - distance;
  const bool away =
      distance > rest || (distance == rest && (rounding == HalfRounding::kUp || quotient % 2 != 0));
  return away ? quotient + (a < 0 ? -1 : 1) : quotient;
}

std::string RoundDecimalText(const std::string& text, int digits, HalfRounding rounding) {
  const std::optional<DecimalText> parsed = DecimalText::Parse(text);
  HEARTH_CHECK(parsed.has_value()) << text;
  if (parsed->scale <= digits) return parsed->ToPlainString();
  return parsed->WithScale(digits, rounding).ToPlainString();
}

DecimalText TextOf(__int128 unscaled, int scale) {
  return {unscaled < 0, DigitsOf(MagnitudeOf(unscaled)), scale};
}

DecimalOutcome Calculate(VariantOperation operation, __int128 left, DecimalShape left_shape, __int128 right,
                         DecimalShape right_shape, DecimalShape result, std::string* out_of_range) {
  const int a = left_shape.scale;
  const int b = right_shape.scale;
  switch (operation) {
    case VariantOperation::kAdd: return AddOrSubtract(false, left, a, right, b, result, out_of_range);
    case VariantOperation::kSubtract: return AddOrSubtract(true, left, a, right, b, result, out_of_range);
    case VariantOperation::kMultiply: return Multiply(left, a, right, b, result, out_of_range);
    case VariantOperation::kDivide: return Divide(left, a, right, b, result, out_of_range);
    case VariantOperation::kRemainder: return RemainderOf(false, left, a, right, b, result, out_of_range);
    default: break;
  }
  HEARTH_CHECK(operation == VariantOperation::kPmod);
  return RemainderOf(true, left, a, right, b, result, out_of_range);
}

std::optional<__int128> Rescale(__int128 value, int scale, DecimalShape result) {
  __int128 rescaled;
  if (scale > result.scale) {
    const int dropped = scale - result.scale;
    rescaled = dropped > kMaxPrecision ? 0 : DivideHalf(value, PowerOfTen(dropped), HalfRounding::kUp);
  } else {
    const std::optional<__int128> scaled = ScaleUp(value, result.scale - scale);
    if (!scaled.has_value()) return std::nullopt;
    rescaled = *scaled;
  }
  return FitsPrecision(rescaled, result.precision) ? std::optional<__int128>(rescaled) : std::nullopt;
}

std::optional<int64_t> IntegralQuotient(__int128 left, int left_scale, __int128 right, int right_scale) {
  if (right == 0) return std::nullopt;
  const int scale = std::max(left_scale, right_scale);
  const Wide quotient = Widen(left, scale - left_scale)
                            .magnitude.DivideBy(Widen(right, scale - right_scale).magnitude)
                            .quotient;
  const uint64_t low = quotient.low();
  return static_cast<int64_t>((left < 0) != (right < 0) ? -low : low);
}

std::optional<__int128> RoundDecimal(VariantOperation operation, __int128 value, int scale, int digits,
                                     DecimalShape result) {
  __int128 rounded = value;
  int rounded_scale = scale;
  if (digits < scale) {
    const int dropped = scale - digits;
    rounded_scale = digits;
    if (dropped > kMaxPrecision) {
      const bool moves = (operation == VariantOperation::kCeil && value > 0) ||
                         (operation == VariantOperation::kFloor && value < 0);
      rounded = moves ? (value > 0 ? 1 : -1) : 0;
    } else {
      const __int128 unit = PowerOfTen(dropped);
      const __int128 remainder = value % unit;
      switch (operation) {
        case VariantOperation::kRound: rounded = DivideHalf(value, unit, HalfRounding::kUp); break;
        case VariantOperation::kBround: rounded = DivideHalf(value, unit, HalfRounding::kEven); break;
        case VariantOperation::kCeil: rounded = value / unit + (remainder > 0 ? 1 : 0); break;
        default: rounded = value / unit - (remainder < 0 ? 1 : 0); break;
      }
    }
  }
  return rounded == 0 ? std::optional<__int128>(0) : Rescale(rounded, rounded_scale, result);
}

double DecimalToDouble(__int128 value, int scale) {
  // Both exact as doubles, so one division rounds once.
  if (value < (int64_t{1} << 53) && value > -(int64_t{1} << 53) && scale <= 22) {
    return static_cast<double>(static_cast<int64_t>(value)) / static_cast<double>(PowerOfTen(scale));
  }
  const std::string text = spark::DecimalText(value, scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

float DecimalToFloat(__int128 value, int scale) {
  const std::string text = spark::DecimalText(value, scale);
  float result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

}  // namespace hearth::engine
