// Names of the decimal functions, one for each combination of precisions and scales. A name says all that its
// function needs, so registering one needs no other state: hearth[_try]_decimal_<operation>_<numbers>.
//
// Arguments and results, with `site` as in catalog.h for the raising ones (mode kRaise) and absent for kTry:
//   kAdd ... kPmod     (DECIMAL(p1,s1), DECIMAL(p2,s2) [, site]) -> DECIMAL(p,s): Spark's own arithmetic on
//   BigDecimal,
//                      rounded HALF_UP to s. NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION when it does not fit
//                      p; DIVIDE_BY_ZERO and REMAINDER_BY_ZERO.
//   integral divide    (DECIMAL(p1,s1), DECIMAL(p2,s2) [, site]) -> BIGINT
//   cast               (DECIMAL(p1,s1) [, site]) -> DECIMAL(p,s): HALF_UP
//   sum                the same for the sum of an aggregate
//   average            (DECIMAL(p1,s1) sum, BIGINT count [, site]) -> DECIMAL(p,s); NULL when the sum is NULL
//   rounding           (DECIMAL(p1,s1) [, site]) -> DECIMAL(p,s) after rounding to `digits` (may be negative)
//   from               (BIGINT | HUGEINT | FLOAT | DOUBLE | VARCHAR [, site]) -> DECIMAL(p,s); NaN and
//   infinity give NULL negate, abs        (DECIMAL(p,s) [, site]) -> DECIMAL(p,s). Spark rounds a negated
//   value to 34 digits, so beyond
//                      DECIMAL(34) DuckDB's own minus differs: NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION
//   to                 (DECIMAL(p1,s1) [, site]) -> TINYINT | SMALLINT | INTEGER | BIGINT: truncates,
//   CAST_OVERFLOW to float, double   (DECIMAL(p1,s1)) -> FLOAT | DOUBLE, correctly rounded; total
#pragma once

#include <string>
#include <string_view>

#include "spark/types/data_type.h"

namespace hearth::engine {

enum class OnError { kRaise, kTry };
// Where Spark keeps a growing sum: a variable says which value did not fit, a row of a group only that it
// overflowed.
enum class SumBuffer { kVariable, kRow };
enum class DecimalArithmetic { kAdd, kSubtract, kMultiply, kDivide, kRemainder, kPmod };
enum class DecimalRounding { kHalfUp, kHalfEven, kCeiling, kFloor };  // round, bround, ceil, floor
enum class DecimalSource { kLong, kHugeInt, kFloat, kDouble, kText };

// REQUIRES of all: decimal types where a decimal is meant.
std::string DecimalArithmeticVariant(DecimalArithmetic operation, const spark::DataType& left,
                                     const spark::DataType& right, const spark::DataType& result,
                                     OnError on_error);
std::string DecimalIntegralDivideVariant(const spark::DataType& left, const spark::DataType& right,
                                         OnError on_error);
std::string DecimalCastVariant(const spark::DataType& from, const spark::DataType& to, OnError on_error);
std::string DecimalSumVariant(SumBuffer buffer, const spark::DataType& sum, const spark::DataType& result,
                              OnError on_error);
// A decimal in two HUGEINT parts, unscaled = high * 10^19 + low, whose sums over any table fit 128 bits; and
// the sum made of both sums, exact where DuckDB's own sum of wide decimals wraps around.
std::string DecimalPartVariant(bool is_high, const spark::DataType& from);
std::string DecimalSumOfPartsVariant(SumBuffer buffer, const spark::DataType& sum,
                                     const spark::DataType& result, OnError on_error);
std::string DecimalAverageVariant(const spark::DataType& sum, const spark::DataType& result,
                                  OnError on_error);
std::string DecimalRoundingVariant(DecimalRounding rounding, const spark::DataType& from, int digits,
                                   const spark::DataType& result, OnError on_error);
// REQUIRES: is_abs or not, a decimal of more than 18 digits (Spark keeps smaller ones as long; so does
// DuckDB's minus).
std::string DecimalNegateVariant(bool is_abs, const spark::DataType& type, OnError on_error);
std::string DecimalFromVariant(DecimalSource source, const spark::DataType& to, OnError on_error);
// `to`: byte, short, integer, long (raising), float or double (total; `on_error` has no effect).
std::string DecimalToVariant(const spark::DataType& from, const spark::DataType& to, OnError on_error);

// True for a name that the functions above can give (precisions and scales in range). A printer's last check.
bool IsVariantName(std::string_view name);

}  // namespace hearth::engine
