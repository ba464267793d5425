// Functions of numbers as DuckDB: rows of the mapping table (function_mapping.h).
#pragma once

#include "engine/lower/expression_printer.h"

namespace hearth::engine {

Fragment MapAdd(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSubtract(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapMultiply(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapDivide(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRemainder(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapPmod(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapIntegralDivide(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                           const spark::Call& call);
Fragment MapNegative(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapPositive(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapAbs(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRound(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapCeil(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapFloor(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapBitAnd(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapBitOr(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapBitXor(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapBitNot(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapShiftRight(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                       const spark::Call& call);
Fragment MapSignum(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSqrt(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapCbrt(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapExp(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLn(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLog(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLog2(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLog10(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapPower(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDegrees(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRadians(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRint(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapE(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapPi(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);

}  // namespace hearth::engine
