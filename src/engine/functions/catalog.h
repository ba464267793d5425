// What the printer may call beside DuckDB's own functions: Spark's meaning of arithmetic, casts and text,
// registered as vector functions. This file is the contract between engine/lower (which writes the calls) and
// engine/functions (which runs them); it knows nothing of DuckDB's headers.
//
// Storage. A Spark type travels through DuckDB as
//   boolean BOOLEAN · byte TINYINT · short SMALLINT · int INTEGER · long BIGINT · float FLOAT · double DOUBLE
//   · decimal(p,s) DECIMAL(p,s) · string, char, varchar VARCHAR · binary BLOB · date DATE · timestamp
//   TIMESTAMP WITH TIME ZONE (UTC microseconds) · timestamp_ntz TIMESTAMP · year-month interval INTEGER
//   (months) · day-time interval BIGINT (microseconds) · calendar interval INTERVAL · array LIST · map MAP ·
//   struct STRUCT · null: any type, all rows NULL.
//
// Two kinds of functions.
//   Total:   never raise. DuckDB may fold, move and share them.
//   Raising: the last argument is the error site, a plain INTEGER constant (an index into
//   LoweredQuery::error_sites).
//            They are registered as volatile, because DuckDB would otherwise run them over the unused entries
//            of a Parquet dictionary, or before the filter that protects them. So they are neither folded nor
//            shared: fold constants before printing (text_parsing.h has the parsers). A conjunction or
//            disjunction whose order matters must be printed as CASE, since DuckDB orders conjuncts by cost.
// Every raising function hearth_f(args..., site) has a total twin hearth_try_f(args...) that gives NULL
// instead. NULL in any argument gives NULL.
//
// Fixed functions ("num" = TINYINT, SMALLINT, INTEGER, BIGINT; "fp" = FLOAT, DOUBLE; arguments must have
// exactly the listed types, so print a cast when in doubt; `zone` is a constant VARCHAR, an id of java.time):
//
//   raising
//   hearth_add, hearth_subtract, hearth_multiply (num a, num b, site) -> num       ARITHMETIC_OVERFLOW
//   hearth_divide (DOUBLE, DOUBLE, site) -> DOUBLE                                 DIVIDE_BY_ZERO
//   hearth_integral_divide (BIGINT, BIGINT, site) -> BIGINT                        DIVIDE_BY_ZERO,
//   ARITHMETIC_OVERFLOW hearth_remainder, hearth_pmod (num|fp a, same b, site) -> same REMAINDER_BY_ZERO
//   hearth_negate, hearth_abs (num, site) -> num                                   ARITHMETIC_OVERFLOW
//   hearth_round, hearth_bround (num, INTEGER digits, site) -> num                 ARITHMETIC_OVERFLOW
//   hearth_sum_to_long (HUGEINT, site) -> BIGINT       the range check behind sum(byte..long)
//   ARITHMETIC_OVERFLOW hearth_to_byte, _to_short, _to_int, _to_long (x, site) where x is a wider num or fp
//   (truncates):
//       CAST_OVERFLOW; or VARCHAR: CAST_INVALID_INPUT
//   hearth_to_float, hearth_to_double, hearth_to_boolean (VARCHAR, site)           CAST_INVALID_INPUT
//   hearth_to_date (VARCHAR, site) -> DATE                                         CAST_INVALID_INPUT
//   hearth_to_timestamp (VARCHAR, VARCHAR zone, site) -> TIMESTAMP WITH TIME ZONE  CAST_INVALID_INPUT
//   hearth_to_timestamp_ntz (VARCHAR, site) -> TIMESTAMP                           CAST_INVALID_INPUT
//   hearth_like (VARCHAR text, VARCHAR pattern, VARCHAR escape, site) -> BOOLEAN   INVALID_FORMAT.ESC_*
//   hearth_raise (VARCHAR condition, VARCHAR kind, VARCHAR parameters, site) -> BOOLEAN (it never returns)
//       kind: a name of spark::ExceptionKind without its k ("Arithmetic"); parameters: a JSON object of
//       strings. No try twin.
//
//   total
//   hearth_text (fp) -> VARCHAR                     Double.toString, Float.toString
//   hearth_text (DATE | TIMESTAMP) -> VARCHAR       as Spark casts to string
//   hearth_text (TIMESTAMP WITH TIME ZONE, VARCHAR zone) -> VARCHAR
//   hearth_round, hearth_bround (fp, INTEGER digits) -> fp       through the decimal text, as BigDecimal does
//   hearth_positive_zero (fp) -> same               itself; a -0.0 ends the query, which is declined
//   hearth_exp, hearth_log, hearth_log10 (DOUBLE) -> DOUBLE, hearth_pow (DOUBLE, DOUBLE) -> DOUBLE   as
//   StrictMath hearth_ceil, hearth_floor (DOUBLE) -> BIGINT                 saturating, NaN gives 0
//   hearth_wall_clock (TIMESTAMP WITH TIME ZONE, VARCHAR zone) -> TIMESTAMP
//   hearth_instant (TIMESTAMP, VARCHAR zone) -> TIMESTAMP WITH TIME ZONE   gaps move forward, overlaps take
//   the earlier hearth_date_add (DATE, INTEGER days) -> DATE hearth_add_months (DATE, INTEGER months) -> DATE
//   the last day of a month stays within the month hearth_add_months (TIMESTAMP, INTEGER months) -> TIMESTAMP
//   hearth_months_between (TIMESTAMP, TIMESTAMP, BOOLEAN round_off) -> DOUBLE
//   hearth_substring (VARCHAR | BLOB, INTEGER position, INTEGER length) -> same  positions from 1, negative
//   from the end hearth_lpad, hearth_rpad (VARCHAR, INTEGER length, VARCHAR pad) -> VARCHAR hearth_upper,
//   hearth_lower, hearth_initcap (VARCHAR) -> VARCHAR hearth_base64 (BLOB) -> VARCHAR
//
// Decimal functions depend on precision and scale, and DuckDB fixes a function's result type when it is
// registered: they are variants with the types in the name. variants.h makes the names;
// LoweredQuery::function_variants lists them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::engine {

// One overload of a fixed function, types spelled as DuckDB spells them.
struct FunctionSignature {
  std::string name;
  std::vector<std::string> parameters;  // with the trailing INTEGER of a raising function
  std::string result;
  bool raises = false;
};

// All overloads of all fixed functions, the try twins included.
const std::vector<FunctionSignature>& FixedFunctions();

// True for the name of a fixed function (exact case).
bool IsFixedFunction(std::string_view name);

}  // namespace hearth::engine
