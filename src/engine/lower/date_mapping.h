// Functions of dates and timestamps as DuckDB: rows of the mapping table (function_mapping.h).
#pragma once

#include "engine/lower/expression_printer.h"

namespace hearth::engine {

Fragment MapYear(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapQuarter(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapMonth(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDay(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDayOfWeek(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapWeekday(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDayOfYear(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapWeekOfYear(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                       const spark::Call& call);
Fragment MapHour(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapMinute(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSecond(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapSecondWithFraction(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                               const spark::Call& call);
Fragment MapDateAdd(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDateSub(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapDateDiff(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapAddMonths(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapMonthsBetween(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                          const spark::Call& call);
Fragment MapLastDay(ExpressionPrinter& printer, const spark::TypedExpression& whole, const spark::Call& call);
Fragment MapTruncDate(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                      const spark::Call& call);
Fragment MapTruncTimestamp(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                           const spark::Call& call);
Fragment MapCurrentTimestamp(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                             const spark::Call& call);
Fragment MapCurrentDate(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                        const spark::Call& call);
Fragment MapLocalTimestamp(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                           const spark::Call& call);
Fragment MapUnixDate(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                     const spark::Call& call);
Fragment MapDateFromUnixDate(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                             const spark::Call& call);
Fragment MapIntervalDays(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                         const spark::Call& call);
Fragment MapSubtractDates(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                          const spark::Call& call);
Fragment MapSubtractTimestamps(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                               const spark::Call& call);
Fragment MapTimestampAddInterval(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                                 const spark::Call& call);
Fragment MapTimestampAddMonths(ExpressionPrinter& printer, const spark::TypedExpression& whole,
                               const spark::Call& call);

}  // namespace hearth::engine
