// Functions of text as DuckDB: rows of the mapping table (function_mapping.h).
#pragma once

#include "engine/lower/expression_printer.h"

namespace hearth::engine {

Fragment MapLike(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapUpper(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLower(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapMd5(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSha1(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSha2(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapBase64(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapHex(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
// A constant that the analyzer put into the call.
Fragment MapGiven(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapInitcap(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLength(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapOctetLength(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                        const spark::Call& call);
Fragment MapBitLength(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapTrim(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapTrimLeft(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapTrimRight(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapTrimText(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapSubstring(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapConcat(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapConcatWithSeparator(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                                const spark::Call& call);
Fragment MapLpad(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRpad(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapRepeat(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSpace(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapReplace(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapTranslate(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapInstr(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapLocate(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapAscii(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapChr(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapStartsWith(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                       const spark::Call& call);
Fragment MapEndsWith(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapContains(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);

}  // namespace hearth::engine
