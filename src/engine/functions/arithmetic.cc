#include "engine/functions/arithmetic.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/functions/decimal_math.h"
#include "engine/functions/strict_math.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

// Which of Spark's two overflow errors a type has: bytes and shorts name their operands, without a context.
template <typename T>
[[noreturn]] void FailBinary(T a, T b, const char* symbol, const char* suggested) {
  if constexpr (sizeof(T) >= 4) {
    throw ArithmeticOverflow("overflow", suggested);
  } else {
    throw RowError{spark::ExceptionKind::kArithmetic,
                   "BINARY_ARITHMETIC_OVERFLOW",
                   {{"value1", std::to_string(a) + "S"},
                    {"symbol", symbol},
                    {"value2", std::to_string(b) + "S"},
                    {"functionName", spark::QuoteIdentifier(suggested)}},
                   ErrorContext::kNone};
  }
}

template <typename T>
struct Add {
  using Signature = T(T, T);
  static std::optional<T> Apply(T a, T b) {
    T result;
    return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional<T>(result);
  }
  [[noreturn]] static void Fail(T a, T b) { FailBinary(a, b, "+", "try_add"); }
};

template <typename T>
struct Subtract {
  using Signature = T(T, T);
  static std::optional<T> Apply(T a, T b) {
    T result;
    return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional<T>(result);
  }
  [[noreturn]] static void Fail(T a, T b) { FailBinary(a, b, "-", "try_subtract"); }
};

template <typename T>
struct Multiply {
  using Signature = T(T, T);
  static std::optional<T> Apply(T a, T b) {
    T result;
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional<T>(result);
  }
  [[noreturn]] static void Fail(T a, T b) { FailBinary(a, b, "*", "try_multiply"); }
};

struct Divide {
  using Signature = double(double, double);
  static std::optional<double> Apply(double a, double b) {
    return b == 0 ? std::nullopt : std::optional<double>(a / b);
  }
  [[noreturn]] static void Fail(double, double) { throw DivideByZero(); }
};

struct IntegralDivide {
  using Signature = int64_t(int64_t, int64_t);
  static std::optional<int64_t> Apply(int64_t a, int64_t b) {
    if (b == 0 || (b == -1 && a == std::numeric_limits<int64_t>::min())) return std::nullopt;
    return a / b;
  }
  [[noreturn]] static void Fail(int64_t, int64_t b) {
    if (b == 0) throw DivideByZero();
    throw ArithmeticOverflow("Overflow in integral divide", "try_divide");
  }
};

// Java's %: the sign of the dividend.
template <typename T>
T JavaRemainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    return b == -1 ? T{0} : static_cast<T>(a % b);  // the smallest value by -1 would trap
  }
}

template <typename T>
struct Remainder {
  using Signature = T(T, T);
  static std::optional<T> Apply(T a, T b) {
    return b == 0 ? std::nullopt : std::optional<T>(JavaRemainder(a, b));
  }
  [[noreturn]] static void Fail(T, T) { throw RemainderByZero(); }
};

template <typename T>
struct Pmod {
  using Signature = T(T, T);
  static std::optional<T> Apply(T a, T b) {
    if (b == 0) return std::nullopt;
    const T remainder = JavaRemainder(a, b);
    if (!(remainder < 0)) return remainder;
    if constexpr (std::is_floating_point_v<T>) {
      return JavaRemainder(static_cast<T>(remainder + b), b);
    } else if constexpr (sizeof(T) < sizeof(int)) {
      return static_cast<T>((remainder + b) % b);
    } else {
      T sum;  // as in Java, it may wrap
      (void)__builtin_add_overflow(remainder, b, &sum);
      return JavaRemainder(sum, b);
    }
  }
  [[noreturn]] static void Fail(T, T) { throw RemainderByZero(); }
};

template <typename T>
[[noreturn]] void FailUnary() {
  throw ArithmeticOverflow("overflow", "", ErrorContext::kNone);
}

template <typename T>
struct Negate {
  using Signature = T(T);
  static std::optional<T> Apply(T a) {
    return a == std::numeric_limits<T>::min() ? std::nullopt : std::optional<T>(static_cast<T>(-a));
  }
  [[noreturn]] static void Fail(T) { FailUnary<T>(); }
};

template <typename T>
struct Abs {
  using Signature = T(T);
  static std::optional<T> Apply(T a) { return a < 0 ? Negate<T>::Apply(a) : a; }
  [[noreturn]] static void Fail(T) { FailUnary<T>(); }
};

template <typename T, HalfRounding rounding>
struct RoundInteger {
  using Signature = T(T, int32_t);
  static std::optional<T> Apply(T a, int32_t digits) {
    if (digits >= 0) return a;
    if (digits < -19) return T{0};
    const __int128 unit = PowerOfTen(-digits);
    const __int128 rounded = DivideHalf(a, unit, rounding) * unit;
    if (rounded < std::numeric_limits<T>::min() || rounded > std::numeric_limits<T>::max())
      return std::nullopt;
    return static_cast<T>(rounded);
  }
  [[noreturn]] static void Fail(T, int32_t) { throw ArithmeticOverflow("Overflow", ""); }
};

// Spark rounds floating point numbers as the decimals they print as.
template <typename T, HalfRounding rounding>
struct RoundFloating {
  using Signature = T(T, int32_t);
  static T Apply(T a, int32_t digits) {
    if (!std::isfinite(a)) return a;
    const std::string text =
        std::is_same_v<T, float> ? spark::JavaFloat(static_cast<float>(a)) : spark::JavaDouble(a);
    const std::string rounded = RoundDecimalText(text, digits, rounding);
    T result = 0;
    std::from_chars(rounded.data(), rounded.data() + rounded.size(), result);
    return result;
  }
};

int64_t SaturatedToLong(double a) {
  if (std::isnan(a)) return 0;
  if (a >= 0x1p63) return std::numeric_limits<int64_t>::max();
  if (a < -0x1p63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(a);
}

struct Ceil {
  using Signature = int64_t(double);
  static int64_t Apply(double a) { return SaturatedToLong(std::ceil(a)); }
};

struct Floor {
  using Signature = int64_t(double);
  static int64_t Apply(double a) { return SaturatedToLong(std::floor(a)); }
};

struct SumToLong {
  using Signature = int64_t(__int128);
  static std::optional<int64_t> Apply(__int128 a) {
    const auto narrow = static_cast<int64_t>(a);
    return narrow == a ? std::optional<int64_t>(narrow) : std::nullopt;
  }
  [[noreturn]] static void Fail(__int128) {
    throw ArithmeticOverflow("overflow", "try_add", ErrorContext::kUnknown);
  }
};

// The cube root as java.lang.StrictMath defines it, to the last digit: an estimate from the exponent, a
// rational step to 23 bits, cut to 20, and one step of Newton's to 53. The C library's rounds otherwise.
struct CubeRoot {
  using Signature = double(double);
  static double Apply(double value) {
    if (value == 0 || !std::isfinite(value)) return value;
    const double x = std::abs(value);
    constexpr uint64_t kLow = 0xffff'ffff;
    const double scaled = x * 0x1p54;  // of a number too small to have an exponent
    double t = FromHigh(High(x) / 3 + 715094163);
    if (x < std::numeric_limits<double>::min()) {
      const uint64_t low = std::bit_cast<uint64_t>(scaled) & kLow;
      t = std::bit_cast<double>(std::bit_cast<uint64_t>(FromHigh(High(scaled) / 3 + 696219795)) | low);
    }
    const double s = 19.0 / 35 + t * t / x * t;
    t *= 5.0 / 14 + 45.0 / 28 / (s + 99.0 / 70 + -864.0 / 1225 / s);
    t = FromHigh(High(t) + 1);
    const double r = x / (t * t);
    t += t * ((r - t) / (t + t + r));
    return std::copysign(t, value);
  }
  static uint32_t High(double x) { return static_cast<uint32_t>(std::bit_cast<uint64_t>(x) >> 32); }
  static double FromHigh(uint32_t high) { return std::bit_cast<double>(static_cast<uint64_t>(high) << 32); }
};

template <double (*Function)(double)>
struct Strict {
  using Signature = double(double);
  static double Apply(double value) { return Function(value); }
};

// A -0.0 where Spark may keep the sign or drop it: the query is declined.
template <typename T>
struct PositiveZero {
  using Signature = T(T);
  static T Apply(T value) {
    if (value == 0 && std::signbit(value)) throw std::range_error("-0.0 among one row's groups");
    return value;
  }
};

struct Power {
  using Signature = double(double, double);
  static double Apply(double base, double exponent) { return StrictPow(base, exponent); }
};

template <typename T>
void AddIntegerFunctions(FunctionList* list) {
  AddRaising<Add<T>>("add", list);
  AddRaising<Subtract<T>>("subtract", list);
  AddRaising<Multiply<T>>("multiply", list);
  AddRaising<Remainder<T>>("remainder", list);
  AddRaising<Pmod<T>>("pmod", list);
  AddRaising<Negate<T>>("negate", list);
  AddRaising<Abs<T>>("abs", list);
  AddRaising<RoundInteger<T, HalfRounding::kUp>>("round", list);
  AddRaising<RoundInteger<T, HalfRounding::kEven>>("bround", list);
}

template <typename T>
void AddFloatingFunctions(FunctionList* list) {
  AddRaising<Remainder<T>>("remainder", list);
  AddRaising<Pmod<T>>("pmod", list);
  AddTotal<RoundFloating<T, HalfRounding::kUp>>("round", list);
  AddTotal<RoundFloating<T, HalfRounding::kEven>>("bround", list);
}

}  // namespace

void AddArithmeticFunctions(FunctionList* list) {
  AddIntegerFunctions<int8_t>(list);
  AddIntegerFunctions<int16_t>(list);
  AddIntegerFunctions<int32_t>(list);
  AddIntegerFunctions<int64_t>(list);
  AddFloatingFunctions<float>(list);
  AddFloatingFunctions<double>(list);
  AddRaising<Divide>("divide", list);
  AddRaising<IntegralDivide>("integral_divide", list);
  AddRaising<SumToLong>("sum_to_long", list);
  AddTotal<CubeRoot>("cbrt", list);
  AddTotal<Strict<StrictExp>>("exp", list);
  AddTotal<Strict<StrictLog>>("log", list);
  AddTotal<Strict<StrictLog10>>("log10", list);
  AddTotal<Power>("pow", list);
  AddTotal<PositiveZero<float>>("positive_zero", list);
  AddTotal<PositiveZero<double>>("positive_zero", list);
  AddTotal<Ceil>("ceil", list);
  AddTotal<Floor>("floor", list);
}

}  // namespace hearth::engine
