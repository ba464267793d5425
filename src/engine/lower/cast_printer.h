// Spark's casts as DuckDB expressions.
#pragma once

#include "engine/lower/expression_printer.h"

namespace hearth::engine {

// REQUIRES: `whole` is a CastTo. Declines casts without an exact form.
Fragment PrintCast(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                   const spark::CastTo& cast);

// A decimal moved to another precision and scale, HALF_UP, in the storage type of `to`.
Fragment ConvertDecimal(ExpressionPrinter& printer, const Fragment& value, const spark::DataType& to,
                        spark::CastMode mode, const spark::OriginPtr& origin);

}  // namespace hearth::engine
