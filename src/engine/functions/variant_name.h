// The grammar of variants.h as a value: what a variant's name says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/functions/variants.h"

namespace hearth::engine {

struct DecimalShape {
  int precision = 0;
  int scale = 0;
  friend bool operator==(const DecimalShape&, const DecimalShape&) = default;
};

enum class VariantOperation {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kPmod,
  kIntegralDivide,
  kCast,
  kSum,
  kAverage,
  kRound,
  kBround,
  kCeil,
  kFloor,
  kFromLong,
  kFromHugeInt,
  kFromFloat,
  kFromDouble,
  kFromText,
  kToByte,
  kToShort,
  kToInt,
  kToLong,
  kToFloat,
  kToDouble,
  kNegate,
  kAbs,
  kGroupSum,
  kHighPart,
  kLowPart,
  kSumOfParts,
  kGroupSumOfParts,
};

struct Variant {
  VariantOperation operation = VariantOperation::kAdd;
  OnError on_error = OnError::kRaise;
  DecimalShape left;    // the first decimal argument, if there is one
  DecimalShape right;   // the second
  DecimalShape result;  // unset when the result is no decimal
  int digits = 0;       // of a rounding
  friend bool operator==(const Variant&, const Variant&) = default;
};

// False for kToFloat, kToDouble, kHighPart and kLowPart in either mode: they take no site.
bool CanRaise(VariantOperation operation);

std::string VariantName(const Variant& variant);
// Null for anything that VariantName cannot give.
std::optional<Variant> ParseVariantName(std::string_view name);

}  // namespace hearth::engine
