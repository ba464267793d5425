#include "engine/functions/variants.h"

#include <array>
#include <charconv>
#include <vector>

#include "base/check.h"
#include "engine/functions/variant_name.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::TypeId;

// What follows the operation in a name.
struct Shape {
  bool left = false;
  bool right = false;
  bool digits = false;
  bool result = false;
};
constexpr Shape kBinary{.left = true, .right = true, .result = true};
constexpr Shape kUnary{.left = true, .result = true};
constexpr Shape kRounding{.left = true, .digits = true, .result = true};
constexpr Shape kFrom{.result = true};
constexpr Shape kTo{.left = true};

struct Spelling {
  std::string_view name;
  Shape shape;
};

// By VariantOperation.
constexpr std::array<Spelling, 32> kSpellings = {{
    {"add", kBinary},
    {"subtract", kBinary},
    {"multiply", kBinary},
    {"divide", kBinary},
    {"remainder", kBinary},
    {"pmod", kBinary},
    {"integral_divide", {.left = true, .right = true}},
    {"cast", kUnary},
    {"sum", kUnary},
    {"average", kUnary},
    {"round", kRounding},
    {"bround", kRounding},
    {"ceil", kRounding},
    {"floor", kRounding},
    {"from_long", kFrom},
    {"from_hugeint", kFrom},
    {"from_float", kFrom},
    {"from_double", kFrom},
    {"from_text", kFrom},
    {"to_byte", kTo},
    {"to_short", kTo},
    {"to_int", kTo},
    {"to_long", kTo},
    {"to_float", kTo},
    {"to_double", kTo},
    {"negate", kFrom},
    {"abs", kFrom},
    {"group_sum", kUnary},
    {"high_part", kTo},
    {"low_part", kTo},
    {"sum_of_parts", kUnary},
    {"group_sum_of_parts", kUnary},
}};
static_assert(static_cast<size_t>(VariantOperation::kGroupSumOfParts) + 1 == kSpellings.size());

constexpr std::string_view kRaisePrefix = "hearth_decimal_";
constexpr std::string_view kTryPrefix = "hearth_try_decimal_";
constexpr int kMaxDigits = 100;  // of a rounding; beyond, nothing changes any more

const Spelling& SpellingOf(VariantOperation operation) { return kSpellings[static_cast<size_t>(operation)]; }

void AppendShape(const DecimalShape& shape, std::string* name) {
  *name += '_' + std::to_string(shape.precision) + '_' + std::to_string(shape.scale);
}

// The last `count` numbers of a name, "m2" standing for -2; removes them from `name`.
bool TakeNumbers(size_t count, std::string_view* name, std::vector<int>* numbers) {
  numbers->assign(count, 0);
  for (size_t i = count; i-- > 0;) {
    const size_t underscore = name->rfind('_');
    if (underscore == std::string_view::npos) return false;
    std::string_view text = name->substr(underscore + 1);
    const bool negative = !text.empty() && text[0] == 'm';
    if (negative) text.remove_prefix(1);
    int value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text[0] == '-' || status != std::errc() || end != text.data() + text.size())
      return false;
    (*numbers)[i] = negative ? -value : value;
    name->remove_suffix(name->size() - underscore);
  }
  return true;
}

bool IsValid(const DecimalShape& shape) {
  return shape.precision >= 1 && shape.precision <= DataType::kMaxPrecision && shape.scale >= 0 &&
         shape.scale <= shape.precision;
}

size_t NumberCount(const Shape& shape) {
  return 2 * (size_t{shape.left} + size_t{shape.right} + size_t{shape.result}) + size_t{shape.digits};
}

std::optional<Variant> TryParse(VariantOperation operation, OnError on_error, std::string_view name) {
  const Spelling& spelling = SpellingOf(operation);
  std::vector<int> numbers;
  if (!TakeNumbers(NumberCount(spelling.shape), &name, &numbers) || name != spelling.name)
    return std::nullopt;
  Variant variant{.operation = operation, .on_error = on_error};
  auto next = numbers.begin();
  const auto take = [&next](bool present, DecimalShape* shape) {
    if (!present) return true;
    shape->precision = *next++;
    shape->scale = *next++;
    return IsValid(*shape);
  };
  if (!take(spelling.shape.left, &variant.left) || !take(spelling.shape.right, &variant.right))
    return std::nullopt;
  if (spelling.shape.digits) variant.digits = *next++;
  if (!take(spelling.shape.result, &variant.result)) return std::nullopt;
  if (variant.digits < -kMaxDigits || variant.digits > kMaxDigits) return std::nullopt;
  return variant;
}

DecimalShape ShapeOf(const DataType& type) {
  HEARTH_CHECK(type.Is(TypeId::kDecimal));
  return {type.precision(), type.scale()};
}

VariantOperation ToOperation(const DataType& to) {
  switch (to.id()) {
    case TypeId::kByte: return VariantOperation::kToByte;
    case TypeId::kShort: return VariantOperation::kToShort;
    case TypeId::kInteger: return VariantOperation::kToInt;
    case TypeId::kLong: return VariantOperation::kToLong;
    case TypeId::kFloat: return VariantOperation::kToFloat;
    default: HEARTH_CHECK(to.Is(TypeId::kDouble)); return VariantOperation::kToDouble;
  }
}

}  // namespace

bool CanRaise(VariantOperation operation) {
  switch (operation) {
    case VariantOperation::kToFloat:
    case VariantOperation::kToDouble:
    case VariantOperation::kHighPart:
    case VariantOperation::kLowPart: return false;
    default: return true;
  }
}

std::string VariantName(const Variant& variant) {
  const Spelling& spelling = SpellingOf(variant.operation);
  const bool is_try = variant.on_error == OnError::kTry && CanRaise(variant.operation);
  std::string name(is_try ? kTryPrefix : kRaisePrefix);
  name += spelling.name;
  if (spelling.shape.left) AppendShape(variant.left, &name);
  if (spelling.shape.right) AppendShape(variant.right, &name);
  if (spelling.shape.digits) {
    name += (variant.digits < 0 ? "_m" : "_") + std::to_string(std::abs(variant.digits));
  }
  if (spelling.shape.result) AppendShape(variant.result, &name);
  return name;
}

std::optional<Variant> ParseVariantName(std::string_view name) {
  const std::string_view whole = name;
  OnError on_error = OnError::kRaise;
  if (name.starts_with(kRaisePrefix)) {
    name.remove_prefix(kRaisePrefix.size());
  } else if (name.starts_with(kTryPrefix)) {
    name.remove_prefix(kTryPrefix.size());
    on_error = OnError::kTry;
  } else {
    return std::nullopt;
  }
  for (size_t i = 0; i < kSpellings.size(); ++i) {
    if (!name.starts_with(kSpellings[i].name)) continue;
    std::optional<Variant> variant = TryParse(static_cast<VariantOperation>(i), on_error, name);
    // Only one spelling of each: no leading zeros, no try_ where nothing raises.
    if (variant.has_value() && VariantName(*variant) == whole) return variant;
  }
  return std::nullopt;
}

std::string DecimalArithmeticVariant(DecimalArithmetic operation, const DataType& left, const DataType& right,
                                     const DataType& result, OnError on_error) {
  static_assert(static_cast<int>(DecimalArithmetic::kPmod) == static_cast<int>(VariantOperation::kPmod));
  return VariantName({.operation = static_cast<VariantOperation>(operation),
                      .on_error = on_error,
                      .left = ShapeOf(left),
                      .right = ShapeOf(right),
                      .result = ShapeOf(result)});
}

std::string DecimalIntegralDivideVariant(const DataType& left, const DataType& right, OnError on_error) {
  return VariantName({.operation = VariantOperation::kIntegralDivide,
                      .on_error = on_error,
                      .left = ShapeOf(left),
                      .right = ShapeOf(right)});
}

std::string DecimalCastVariant(const DataType& from, const DataType& to, OnError on_error) {
  return VariantName({.operation = VariantOperation::kCast,
                      .on_error = on_error,
                      .left = ShapeOf(from),
                      .result = ShapeOf(to)});
}

std::string DecimalSumVariant(SumBuffer buffer, const DataType& sum, const DataType& result,
                              OnError on_error) {
  const bool is_row = buffer == SumBuffer::kRow;
  return VariantName({.operation = is_row ? VariantOperation::kGroupSum : VariantOperation::kSum,
                      .on_error = on_error,
                      .left = ShapeOf(sum),
                      .result = ShapeOf(result)});
}

std::string DecimalPartVariant(bool is_high, const DataType& from) {
  return VariantName({.operation = is_high ? VariantOperation::kHighPart : VariantOperation::kLowPart,
                      .left = ShapeOf(from)});
}

std::string DecimalSumOfPartsVariant(SumBuffer buffer, const DataType& sum, const DataType& result,
                                     OnError on_error) {
  const bool is_row = buffer == SumBuffer::kRow;
  return VariantName(
      {.operation = is_row ? VariantOperation::kGroupSumOfParts : VariantOperation::kSumOfParts,
       .on_error = on_error,
       .left = ShapeOf(sum),
       .result = ShapeOf(result)});
}

std::string DecimalAverageVariant(const DataType& sum, const DataType& result, OnError on_error) {
  return VariantName({.operation = VariantOperation::kAverage,
                      .on_error = on_error,
                      .left = ShapeOf(sum),
                      .result = ShapeOf(result)});
}

std::string DecimalRoundingVariant(DecimalRounding rounding, const DataType& from, int digits,
                                   const DataType& result, OnError on_error) {
  static_assert(static_cast<int>(VariantOperation::kRound) + static_cast<int>(DecimalRounding::kFloor) ==
                static_cast<int>(VariantOperation::kFloor));
  const int operation = static_cast<int>(VariantOperation::kRound) + static_cast<int>(rounding);
  return VariantName({.operation = static_cast<VariantOperation>(operation),
                      .on_error = on_error,
                      .left = ShapeOf(from),
                      .result = ShapeOf(result),
                      .digits = digits < -kMaxDigits  ? -kMaxDigits
                                : digits > kMaxDigits ? kMaxDigits
                                                      : digits});
}

std::string DecimalNegateVariant(bool is_abs, const DataType& type, OnError on_error) {
  return VariantName({.operation = is_abs ? VariantOperation::kAbs : VariantOperation::kNegate,
                      .on_error = on_error,
                      .result = ShapeOf(type)});
}

std::string DecimalFromVariant(DecimalSource source, const DataType& to, OnError on_error) {
  static_assert(static_cast<int>(VariantOperation::kFromLong) + static_cast<int>(DecimalSource::kText) ==
                static_cast<int>(VariantOperation::kFromText));
  const int operation = static_cast<int>(VariantOperation::kFromLong) + static_cast<int>(source);
  return VariantName(
      {.operation = static_cast<VariantOperation>(operation), .on_error = on_error, .result = ShapeOf(to)});
}

std::string DecimalToVariant(const DataType& from, const DataType& to, OnError on_error) {
  return VariantName({.operation = ToOperation(to), .on_error = on_error, .left = ShapeOf(from)});
}

bool IsVariantName(std::string_view name) { return ParseVariantName(name).has_value(); }

}  // namespace hearth::engine
