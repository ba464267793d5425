// Which casts Spark 4.2 allows with ANSI on, and which may give NULL by its rules of nullability. Pure
// functions.
#pragma once

#include <string>

#include "spark/types/data_type.h"

namespace hearth::spark {

// Spark's Cast.canAnsiCast: whether CAST(x AS to) is allowed for x of type `from`.
bool CanCast(const DataType& from, const DataType& to);

// Spark's Cast.forceNullable: a cast whose result Spark calls nullable although its input is not. With ANSI
// on such a cast raises instead of giving NULL, but the schema says nullable all the same.
bool CastForcesNull(const DataType& from, const DataType& to);

// Spark's Cast.canANSIStoreAssign: what a column or an argument of type `to` accepts without being asked.
bool CanStoreAssign(const DataType& from, const DataType& to);

// Why a cast is refused: the condition under DATATYPE_MISMATCH, and what it suggests (a function's name or
// nothing).
struct CastRefusal {
  enum class Suggestion { kNone, kConfiguration, kFunction };
  Suggestion suggestion = Suggestion::kNone;
  std::string function;
};
// REQUIRES: !CanCast(from, to).
CastRefusal WhyNoCast(const DataType& from, const DataType& to);

}  // namespace hearth::spark
