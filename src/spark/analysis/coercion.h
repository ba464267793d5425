// Spark's implicit type conversion with ANSI on (AnsiTypeCoercion): which type two types meet in, and which
// type an argument is turned into for a function that expects another. Pure functions of types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spark/types/data_type.h"

namespace hearth::spark {

// DecimalType.forType: the decimal type that holds every value of a byte, short, integer or long (and what
// Spark takes for float and double). A decimal type stays itself. REQUIRES: a numeric type.
DataType DecimalFor(const DataType& numeric);

// Whether decimal `wide` holds every value of decimal `narrow`.
bool IsWiderDecimal(const DataType& wide, const DataType& narrow);

// The type in which two decimals are compared and merged (DecimalPrecision.widerDecimalType): above 38
// digits, digits before the point win.
DataType WiderDecimal(const DataType& l, const DataType& r);

// DecimalType.adjustPrecisionScale: what does not fit 38 digits loses digits after the point, keeping at
// least 6.
DataType AdjustPrecisionScale(int precision, int scale);

enum class DecimalOperation { kAdd, kSubtract, kMultiply, kDivide, kRemainder };
// The result type of arithmetic on two decimals, with spark.sql.decimalOperations.allowPrecisionLoss=true.
DataType DecimalResult(DecimalOperation operation, const DataType& l, const DataType& r);

// AnsiTypeCoercion.findTightestCommonType: no loss of precision, no strings.
std::optional<DataType> TightestCommonType(const DataType& l, const DataType& r);

// As WiderType (function_resolution.h), but a string meets only strings.
std::optional<DataType> WiderTypeWithoutStrings(const DataType& l, const DataType& r);

// What an operator turns a string into when the other side is no string; nullopt if neither is a string.
std::optional<DataType> StringPromotion(const DataType& l, const DataType& r);

// What a function expects of an argument (Spark's AbstractDataType).
class InputType {
 public:
  enum class Kind {
    kAny,
    kConcrete,
    kString,
    kNumeric,
    kIntegral,
    kDecimal,
    kAnyTimestamp,
    kAnsiInterval,
    kArray,
    kMap,
    kOneOf
  };

  static InputType Any() { return InputType(Kind::kAny); }
  static InputType String() { return InputType(Kind::kString); }
  static InputType Numeric() { return InputType(Kind::kNumeric); }
  static InputType Integral() { return InputType(Kind::kIntegral); }
  static InputType Decimal() { return InputType(Kind::kDecimal); }
  static InputType AnyTimestamp() { return InputType(Kind::kAnyTimestamp); }
  static InputType AnyArray() { return InputType(Kind::kArray); }
  static InputType AnyMap() { return InputType(Kind::kMap); }
  static InputType OneOf(std::vector<InputType> choices);
  InputType(DataType concrete)
      : kind_(Kind::kConcrete), concrete_(std::move(concrete)) {}  // NOLINT: a type is one

  bool Accepts(const DataType& type) const;
  // The type that an argument of type `from` is implicitly cast to; nullopt if it cannot be.
  std::optional<DataType> Convert(const DataType& from) const;
  // As Spark prints it in errors: "INT", ("NUMERIC" or "INTERVAL").
  std::string Text() const;

 private:
  explicit InputType(Kind kind) : kind_(kind) {}
  DataType DefaultType() const;

  Kind kind_;
  DataType concrete_;
  std::vector<InputType> choices_;
};

}  // namespace hearth::spark
