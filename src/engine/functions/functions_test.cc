// Every registered function through DuckDB, table-driven: an expression and what Spark says to it.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "engine/duckdb/query_run.h"
#include "engine/duckdb/vector_view.h"
#include "engine/functions/catalog.h"
#include "engine/functions/error_decoding.h"
#include "engine/functions/function_registry.h"

namespace hearth::engine {
namespace {

class FunctionsTest : public ::testing::Test {
 protected:
  static Database& database() {
    static auto* const database = new Database(DatabaseOptions{.threads = 1});
    return *database;
  }
  static FunctionRegistry& registry() {
    static auto* const registry = new FunctionRegistry(&database());
    return *registry;
  }

  // The value as text, "NULL", or "CONDITION key=value ..." of the error.
  static std::string Evaluate(const std::string& expression) {
    registry();
    try {
      QueryRun run(database().Connect(), "SELECT (" + expression + ")::VARCHAR FROM range(1)");
      run.Start();
      ChunkHandle chunk = run.Next();
      const VectorView column(duckdb_data_chunk_get_vector(chunk.get(), 0));
      return column.IsValid(0) ? std::string(column.string(0)) : "NULL";
    } catch (const DuckDbError& error) {
      return Describe(error);
    }
  }

  static std::string Describe(const DuckDbError& error) {
    if (!IsRowError(error)) return error.message();
    auto origin = std::make_shared<spark::Origin>();
    const spark::Error decoded = DecodeError(error, [&](size_t site) -> spark::OriginPtr {
      EXPECT_EQ(site, 7u);
      origin->sql_text = std::make_shared<const std::string>("SELECT the call");
      origin->start = 7;
      origin->stop = 14;
      return origin;
    });
    std::string text = decoded.condition();
    for (const auto& [key, value] : decoded.parameters()) {
      if (key != "config" && key != "ansiConfig") text += " " + key + "=" + value;
    }
    if (!decoded.contexts().empty()) text += " @" + std::to_string(decoded.contexts()[0].start_index);
    return text;
  }

  // A decimal function by name and SQL arguments.
  static std::string Variant(const std::string& name, const std::string& arguments) {
    registry().EnsureVariants({name});
    return Evaluate(name + "(" + arguments + ")");
  }
};

struct Case {
  const char* expression;
  const char* expected;
};

class FunctionTableTest : public FunctionsTest, public ::testing::WithParamInterface<Case> {};

TEST_P(FunctionTableTest, IsAsSpark) { EXPECT_EQ(Evaluate(GetParam().expression), GetParam().expected); }

constexpr const char* kAddOverflow =
    "ARITHMETIC_OVERFLOW alternative= Use 'try_add' to tolerate overflow and return NULL instead. "
    "message=overflow @7";

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, FunctionTableTest,
    ::testing::Values(
        Case{"hearth_add(2147483646::INTEGER, 1::INTEGER, 7)", "2147483647"},
        Case{"hearth_add(2147483647::INTEGER, 1::INTEGER, 7)", kAddOverflow},
        Case{"hearth_add(9223372036854775807::BIGINT, 1::BIGINT, 7)", kAddOverflow},
        Case{"hearth_try_add(2147483647::INTEGER, 1::INTEGER)", "NULL"},
        Case{"hearth_add(NULL::INTEGER, 1::INTEGER, 7)", "NULL"},
        Case{"hearth_add(127::TINYINT, 1::TINYINT, 7)",
             "BINARY_ARITHMETIC_OVERFLOW functionName=`try_add` symbol=+ value1=127S value2=1S"},
        Case{"hearth_multiply(32767::SMALLINT, 2::SMALLINT, 7)",
             "BINARY_ARITHMETIC_OVERFLOW functionName=`try_multiply` symbol=* value1=32767S value2=2S"},
        Case{"hearth_subtract((-2147483648)::INTEGER, 1::INTEGER, 7)",
             "ARITHMETIC_OVERFLOW alternative= Use 'try_subtract' to tolerate overflow and return NULL "
             "instead. "
             "message=overflow @7"},
        Case{"hearth_divide(1::DOUBLE, 4::DOUBLE, 7)", "0.25"},
        Case{"hearth_divide(1::DOUBLE, 0::DOUBLE, 7)", "DIVIDE_BY_ZERO @7"},
        Case{"hearth_try_divide(1::DOUBLE, 0::DOUBLE)", "NULL"},
        Case{"hearth_integral_divide(-7::BIGINT, 2::BIGINT, 7)", "-3"},
        Case{
            "hearth_integral_divide((-9223372036854775807-1)::BIGINT, (-1)::BIGINT, 7)",
            "ARITHMETIC_OVERFLOW alternative= Use 'try_divide' to tolerate overflow and return NULL instead. "
            "message=Overflow in integral divide @7"},
        Case{"hearth_remainder(-7::INTEGER, 3::INTEGER, 7)", "-1"},
        Case{"hearth_remainder((-2147483648)::INTEGER, (-1)::INTEGER, 7)", "0"},
        Case{"hearth_remainder(1::DOUBLE, 0::DOUBLE, 7)", "REMAINDER_BY_ZERO @7"},
        Case{"hearth_pmod(-7::INTEGER, 3::INTEGER, 7)", "2"},
        Case{"hearth_pmod((-7)::TINYINT, (-3)::TINYINT, 7)", "-1"},
        Case{"hearth_pmod(-7.5::DOUBLE, 3::DOUBLE, 7)", "1.5"},
        Case{"hearth_negate((-2147483648)::INTEGER, 7)", "ARITHMETIC_OVERFLOW alternative= message=overflow"},
        Case{"hearth_abs((-5)::BIGINT, 7)", "5"}, Case{"hearth_round(125::INTEGER, -1::INTEGER, 7)", "130"},
        Case{"hearth_bround(125::INTEGER, -1::INTEGER, 7)", "120"},
        Case{"hearth_round((-125)::INTEGER, -1::INTEGER, 7)", "-130"},
        Case{"hearth_round(2147483647::INTEGER, -1::INTEGER, 7)",
             "ARITHMETIC_OVERFLOW alternative= message=Overflow @7"},
        Case{"hearth_round(2.5::DOUBLE, 0::INTEGER)", "3.0"},
        Case{"hearth_bround(2.5::DOUBLE, 0::INTEGER)", "2.0"},
        Case{"hearth_round(1.005::DOUBLE, 2::INTEGER)", "1.01"},
        Case{"hearth_round(12345.678::DOUBLE, -2::INTEGER)", "12300.0"},
        Case{"hearth_round('NaN'::DOUBLE, 2::INTEGER)", "nan"}, Case{"hearth_ceil(1.2::DOUBLE)", "2"},
        Case{"hearth_floor(-1.2::DOUBLE)", "-2"}, Case{"hearth_ceil('inf'::DOUBLE)", "9223372036854775807"},
        Case{"hearth_floor('nan'::DOUBLE)", "0"},
        Case{"hearth_sum_to_long(9223372036854775807::HUGEINT, 7)", "9223372036854775807"},
        Case{"hearth_sum_to_long(9223372036854775808::HUGEINT, 7)",
             "ARITHMETIC_OVERFLOW alternative= Use 'try_add' to tolerate overflow and return NULL instead. "
             "message=overflow @-1"}));

INSTANTIATE_TEST_SUITE_P(
    Casts, FunctionTableTest,
    ::testing::Values(
        Case{"hearth_to_byte(128::INTEGER, 7)",
             "CAST_OVERFLOW sourceType=\"INT\" targetType=\"TINYINT\" value=128"},
        Case{"hearth_to_int(2147483648::BIGINT, 7)",
             "CAST_OVERFLOW sourceType=\"BIGINT\" targetType=\"INT\" value=2147483648L"},
        Case{"hearth_to_int(-1.9::DOUBLE, 7)", "-1"},
        Case{"hearth_to_int(2147483647.9::DOUBLE, 7)", "2147483647"},
        Case{"hearth_to_int(1e10::DOUBLE, 7)",
             "CAST_OVERFLOW sourceType=\"DOUBLE\" targetType=\"INT\" value=1.0E10D"},
        Case{"hearth_to_int('nan'::DOUBLE, 7)",
             "CAST_OVERFLOW sourceType=\"DOUBLE\" targetType=\"INT\" value=NaN"},
        Case{"hearth_to_long(1e30::FLOAT, 7)",
             "CAST_OVERFLOW sourceType=\"FLOAT\" targetType=\"BIGINT\" value=1.0E30"},
        Case{"hearth_to_long(9223372036854775807::DOUBLE, 7)", "9223372036854775807"},
        Case{"hearth_to_int(' \t12 \n', 7)", "12"}, Case{"hearth_to_int('+5', 7)", "5"},
        Case{"hearth_to_int('+-5', 7)",
             "CAST_INVALID_INPUT expression='+-5' sourceType=\"STRING\" targetType=\"INT\" @7"},
        Case{"hearth_to_int('1.9', 7)",
             "CAST_INVALID_INPUT expression='1.9' sourceType=\"STRING\" targetType=\"INT\" @7"},
        Case{"hearth_to_byte('128', 7)",
             "CAST_INVALID_INPUT expression='128' sourceType=\"STRING\" targetType=\"TINYINT\" @7"},
        Case{"hearth_try_to_int('')", "NULL"}, Case{"hearth_to_double(' 1.5d ', 7)", "1.5"},
        Case{"hearth_to_double('1.', 7)", "1.0"},
        Case{"hearth_to_double('.', 7)",
             "CAST_INVALID_INPUT expression='.' sourceType=\"STRING\" targetType=\"DOUBLE\" @7"},
        Case{"hearth_to_double('-Infinity', 7)", "-inf"}, Case{"hearth_to_double('1e400', 7)", "inf"},
        Case{"hearth_to_double('1e-400', 7)", "0.0"}, Case{"hearth_to_double('0x1p3', 7)", "8.0"},
        Case{"hearth_to_float('inf', 7)", "inf"}, Case{"hearth_to_boolean(' YES ', 7)", "true"},
        Case{"hearth_to_boolean('maybe', 7)",
             "CAST_INVALID_INPUT expression='maybe' sourceType=\"STRING\" targetType=\"BOOLEAN\" @7"},
        Case{"hearth_to_date('2020-2-3', 7)", "2020-02-03"}, Case{"hearth_to_date('2020', 7)", "2020-01-01"},
        Case{"hearth_to_date(' 2020-02-29Tanything', 7)", "2020-02-29"},
        Case{"hearth_to_date('2020-02-30', 7)",
             "CAST_INVALID_INPUT expression='2020-02-30' sourceType=\"STRING\" targetType=\"DATE\" @7"},
        Case{"hearth_try_to_date('01/02/2020')", "NULL"},
        Case{"hearth_try_to_date('2020-01 ')", "2020-01-01"}, Case{"hearth_try_to_date('2020-01 x')", "NULL"},
        Case{"hearth_try_to_date('12345678-01-01')", "NULL"},
        Case{"hearth_text(hearth_to_timestamp('2020-01-02 03:04:05.6', 'UTC', 7), 'UTC')",
             "2020-01-02 03:04:05.6"},
        Case{"hearth_text(hearth_to_timestamp('2020-01-02 03:04:05+01:00', 'UTC', 7), 'UTC')",
             "2020-01-02 02:04:05"},
        Case{"hearth_text(hearth_to_timestamp('2020-07-02 12:00:00', 'America/New_York', 7), 'UTC')",
             "2020-07-02 16:00:00"},
        Case{"hearth_text(hearth_to_timestamp('2021-03-14 02:30:00', 'America/New_York', 7), "
             "'America/New_York')",
             "2021-03-14 03:30:00"},
        Case{"hearth_text(hearth_to_timestamp('2021-11-07 01:30:00', 'America/New_York', 7), 'UTC')",
             "2021-11-07 05:30:00"},
        Case{"hearth_to_timestamp('2020-01-02 25:00:00', 'UTC', 7)",
             "CAST_INVALID_INPUT expression='2020-01-02 25:00:00' sourceType=\"STRING\" "
             "targetType=\"TIMESTAMP\" @7"},
        Case{"hearth_text(hearth_to_timestamp_ntz('2020-01-02T03:04:05.1234567Z', 7))",
             "2020-01-02 03:04:05.123456"},
        Case{"hearth_text(1e10::DOUBLE)", "1.0E10"}, Case{"hearth_text(0.1::FLOAT)", "0.1"},
        Case{"hearth_text(DATE '2020-01-02')", "2020-01-02"}));

INSTANTIATE_TEST_SUITE_P(
    Dates, FunctionTableTest,
    ::testing::Values(
        Case{"hearth_add_months(DATE '2020-01-31', 1::INTEGER)", "2020-02-29"},
        Case{"hearth_add_months(DATE '2020-02-29', 12::INTEGER)", "2021-02-28"},
        Case{"hearth_add_months(DATE '2020-03-31', -13::INTEGER)", "2019-02-28"},
        Case{"hearth_add_months(TIMESTAMP '1969-01-31 23:59:59.5', 1::INTEGER)", "1969-02-28 23:59:59.5"},
        Case{"hearth_date_add(DATE '2020-02-28', 2::INTEGER)", "2020-03-01"},
        Case{"hearth_months_between(TIMESTAMPTZ '1997-02-28 10:30:00Z', TIMESTAMPTZ '1996-10-30 00:00:00Z', "
             "true, 'UTC')",
             "3.94959677"},
        Case{"hearth_months_between(TIMESTAMPTZ '2020-02-29 00:00:00Z', TIMESTAMPTZ '2020-01-31 00:00:00Z', "
             "true, 'UTC')",
             "1.0"},
        Case{"hearth_wall_clock(hearth_instant(TIMESTAMP '2020-07-01 00:00:00', 'Asia/Tokyo'), 'UTC')",
             "2020-06-30 15:00:00"},
        Case{"hearth_wall_clock(hearth_instant(TIMESTAMP '2020-07-01 00:00:00', '+05:30'), 'GMT-1')",
             "2020-06-30 17:30:00"}));

INSTANTIATE_TEST_SUITE_P(
    Text, FunctionTableTest,
    ::testing::Values(
        Case{"hearth_substring('hello', 2::INTEGER, 3::INTEGER)", "ell"},
        Case{"hearth_substring('hello', 0::INTEGER, 2::INTEGER)", "he"},
        Case{"hearth_substring('hello', -3::INTEGER, 2::INTEGER)", "ll"},
        Case{"hearth_substring('hello', -7::INTEGER, 3::INTEGER)", "h"},
        Case{"hearth_substring('hello', 2::INTEGER, 2147483647::INTEGER)", "ello"},
        Case{"hearth_substring('hello', 2::INTEGER, -1::INTEGER)", ""},
        Case{"hearth_substring('añb€c', 2::INTEGER, 3::INTEGER)", "ñb€"},
        Case{"hearth_lpad('hi', 5::INTEGER, 'ab')", "abahi"},
        Case{"hearth_rpad('hi', 5::INTEGER, '€')", "hi€€€"},
        Case{"hearth_lpad('hello', 3::INTEGER, 'x')", "hel"}, Case{"hearth_lpad('hi', 5::INTEGER, '')", "hi"},
        Case{"hearth_lpad('hi', -1::INTEGER, 'x')", ""}, Case{"hearth_upper('straße')", "STRASSE"},
        Case{"hearth_lower('ΟΔΟΣ ABC')", "οδος abc"},
        Case{"hearth_initcap('hELLO wORLD-x')", "Hello World-x"},
        Case{"hearth_base64('\\x00\\xFF'::BLOB)", "AP8="}, Case{"hearth_base64(''::BLOB)", ""},
        Case{"length(hearth_base64(repeat('a', 57)::BLOB))", "76"},
        Case{"length(hearth_base64(repeat('a', 58)::BLOB))", "82"},
        Case{"hearth_like('a%c', 'a\\%c', '\\', 7)", "true"},
        Case{"hearth_like('abc', 'a\\%c', '\\', 7)", "false"},
        Case{"hearth_like('abcabd', '%ab_', '\\', 7)", "true"},
        Case{"hearth_like('ab', 'ab%%', '\\', 7)", "true"}, Case{"hearth_like('€x', '_x', '\\', 7)", "true"},
        Case{"hearth_like('ab', 'a', '\\', 7)", "false"}, Case{"hearth_try_like('ab', 'a\\b', '\\')", "NULL"},
        Case{"hearth_raise('USER_RAISED_EXCEPTION', 'Runtime', '{\"errorMessage\":\"no!\"}', 7)",
             "USER_RAISED_EXCEPTION errorMessage=no! @7"}));

struct VariantCase {
  const char* name;
  const char* arguments;
  const char* expected;
};

class VariantTableTest : public FunctionsTest, public ::testing::WithParamInterface<VariantCase> {};

TEST_P(VariantTableTest, IsAsSpark) {
  EXPECT_EQ(Variant(GetParam().name, GetParam().arguments), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Decimals, VariantTableTest,
    ::testing::Values(
        VariantCase{"hearth_decimal_divide_10_2_5_1_18_8", "10.00::DECIMAL(10,2), 3.0::DECIMAL(5,1), 7",
                    "3.33333333"},
        VariantCase{"hearth_decimal_divide_10_2_5_1_18_8", "-20.00::DECIMAL(10,2), 3.0::DECIMAL(5,1), 7",
                    "-6.66666667"},
        VariantCase{"hearth_decimal_divide_10_2_5_1_18_8", "1.00::DECIMAL(10,2), 0.0::DECIMAL(5,1), 7",
                    "DIVIDE_BY_ZERO @7"},
        VariantCase{"hearth_try_decimal_divide_10_2_5_1_18_8", "1.00::DECIMAL(10,2), 0.0::DECIMAL(5,1)",
                    "NULL"},
        VariantCase{"hearth_decimal_divide_38_0_38_0_38_6",
                    "99999999999999999999999999999999999999::DECIMAL(38,0), 10::DECIMAL(38,0), 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION precision=38 scale=6 "
                    "value=9999999999999999999999999999999999999.900000000000000000000000000000000000000 @7"},
        VariantCase{"hearth_decimal_multiply_38_0_38_0_38_0",
                    "99999999999999999999999999999999999999::DECIMAL(38,0), 10::DECIMAL(38,0), 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION precision=38 scale=0 "
                    "value=999999999999999999999999999999999999990 @7"},
        VariantCase{"hearth_decimal_multiply_38_10_38_10_38_6",
                    "1234567890.1234567891::DECIMAL(38,10), 9876543210.9876543219::DECIMAL(38,10), 7",
                    "12193263113702179524.473403"},
        VariantCase{"hearth_decimal_add_38_0_1_0_38_0",
                    "99999999999999999999999999999999999999::DECIMAL(38,0), 1::DECIMAL(1,0), 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION precision=38 scale=0 "
                    "value=100000000000000000000000000000000000000 @7"},
        VariantCase{"hearth_decimal_subtract_5_2_4_3_7_3", "1.00::DECIMAL(5,2), 2.001::DECIMAL(4,3), 7",
                    "-1.001"},
        VariantCase{"hearth_decimal_remainder_5_2_4_3_5_3", "-10.00::DECIMAL(5,2), 3.001::DECIMAL(4,3), 7",
                    "-0.997"},
        VariantCase{"hearth_decimal_remainder_5_2_4_3_5_3", "1.00::DECIMAL(5,2), 0.000::DECIMAL(4,3), 7",
                    "REMAINDER_BY_ZERO @7"},
        VariantCase{"hearth_decimal_pmod_5_2_4_3_5_3", "-10.00::DECIMAL(5,2), 3.001::DECIMAL(4,3), 7",
                    "2.004"},
        VariantCase{"hearth_decimal_integral_divide_5_2_4_3", "-10.00::DECIMAL(5,2), 3.001::DECIMAL(4,3), 7",
                    "-3"},
        VariantCase{"hearth_decimal_cast_10_3_5_1", "12.250::DECIMAL(10,3), 7", "12.3"},
        VariantCase{"hearth_decimal_cast_10_3_5_1", "-12.250::DECIMAL(10,3), 7", "-12.3"},
        VariantCase{"hearth_decimal_cast_5_1_5_2", "1000.5::DECIMAL(5,1), 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION precision=5 scale=2 value=1000.5 @7"},
        VariantCase{"hearth_try_decimal_cast_5_1_5_2", "1000.5::DECIMAL(5,1)", "NULL"},
        VariantCase{"hearth_decimal_average_25_2_19_6", "100.00::DECIMAL(25,2), 3::BIGINT, 7", "33.333333"},
        VariantCase{"hearth_decimal_average_25_2_19_6", "NULL::DECIMAL(25,2), 0::BIGINT, 7", "NULL"},
        VariantCase{"hearth_decimal_round_10_3_1_9_1", "-1.250::DECIMAL(10,3), 7", "-1.3"},
        VariantCase{"hearth_decimal_bround_10_3_1_9_1", "1.250::DECIMAL(10,3), 7", "1.2"},
        VariantCase{"hearth_decimal_round_10_3_m2_8_0", "1250.000::DECIMAL(10,3), 7", "1300"},
        VariantCase{"hearth_decimal_ceil_10_3_0_8_0", "-1.250::DECIMAL(10,3), 7", "-1"},
        VariantCase{"hearth_decimal_floor_10_3_0_8_0", "-1.250::DECIMAL(10,3), 7", "-2"},
        VariantCase{"hearth_decimal_from_double_10_1", "1.15::DOUBLE, 7", "1.2"},
        VariantCase{"hearth_decimal_from_double_20_18", "0.1::DOUBLE, 7", "0.100000000000000000"},
        VariantCase{"hearth_decimal_from_double_20_18", "'nan'::DOUBLE, 7", "NULL"},
        VariantCase{"hearth_decimal_from_long_4_0", "12345::BIGINT, 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION precision=4 scale=0 value=12345 @7"},
        VariantCase{"hearth_decimal_from_text_10_2", "' 12.345 ', 7", "12.35"},
        VariantCase{"hearth_decimal_from_text_5_1", "'1e2', 7", "100.0"},
        VariantCase{"hearth_decimal_from_text_3_2", "'-.5', 7", "-0.50"},
        VariantCase{
            "hearth_decimal_from_text_10_2", "'12.x', 7",
            "CAST_INVALID_INPUT expression='12.x' sourceType=\"STRING\" targetType=\"DECIMAL(10,2)\" @7"},
        VariantCase{"hearth_decimal_from_text_10_2", "'1e1000000000', 7",
                    "NUMERIC_OUT_OF_SUPPORTED_RANGE value=1e1000000000"},
        VariantCase{"hearth_decimal_to_int_11_1", "-1.9::DECIMAL(11,1), 7", "-1"},
        VariantCase{"hearth_decimal_to_int_11_1", "3000000000.0::DECIMAL(11,1), 7",
                    "CAST_OVERFLOW sourceType=\"DECIMAL(11,1)\" targetType=\"INT\" value=3000000000.0BD"},
        VariantCase{"hearth_decimal_to_double_38_10", "1234567890123456789.0123456789::DECIMAL(38,10)",
                    "1.2345678901234568e+18"},
        VariantCase{"hearth_decimal_negate_38_0", "12345678901234567890123456789012345678::DECIMAL(38,0), 7",
                    "-12345678901234567890123456789012350000"},
        VariantCase{"hearth_decimal_negate_38_0", "99999999999999999999999999999999999999::DECIMAL(38,0), 7",
                    "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION "
                    "originalValue=-1.000000000000000000000000000000000E+38 precision=38 "
                    "roundedValue=-100000000000000000000000000000000000000 scale=0"}));

TEST_F(FunctionsTest, ManyRowsWithNulls) {
  registry();
  QueryRun run(database().Connect(),
               "SELECT count(*) FROM range(100000) t(i) WHERE hearth_add(CASE WHEN i % 3 > 0 THEN i END, "
               "1::BIGINT, 0) "
               "IS DISTINCT FROM (CASE WHEN i % 3 > 0 THEN i + 1 END)");
  run.Start();
  ChunkHandle chunk = run.Next();
  EXPECT_EQ(VectorView(duckdb_data_chunk_get_vector(chunk.get(), 0)).data<int64_t>()[0], 0);
}

// A CASE protects a raising function: it must see only the rows of its branch.
TEST_F(FunctionsTest, CaseGuardsARaisingFunction) {
  registry();
  QueryRun run(
      database().Connect(),
      "SELECT sum(CASE WHEN i % 2 = 1 THEN hearth_divide(1, (i % 2)::DOUBLE, 0) END) FROM range(10000) t(i)");
  run.Start();
  ChunkHandle chunk = run.Next();
  EXPECT_EQ(VectorView(duckdb_data_chunk_get_vector(chunk.get(), 0)).data<double>()[0], 5000);
}

TEST_F(FunctionsTest, CatalogueListsBothFormsOfRaisingFunctions) {
  EXPECT_TRUE(IsFixedFunction("hearth_try_add"));
  EXPECT_FALSE(IsFixedFunction("hearth_addition"));
  for (const FunctionSignature& signature : FixedFunctions()) {
    if (signature.raises) {
      EXPECT_EQ(signature.parameters.back(), "INTEGER") << signature.name;
    }
  }
}

TEST_F(FunctionsTest, OtherErrorsGoByDuckDbsType) {
  const auto none = [](size_t) -> spark::OriginPtr { return nullptr; };
  EXPECT_EQ(DecodeError({DUCKDB_ERROR_INTERRUPT, "INTERRUPT Error: x"}, none).condition(),
            "OPERATION_CANCELED");
  EXPECT_EQ(DecodeError({DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory Error: x"}, none).condition(),
            "UNABLE_TO_ACQUIRE_MEMORY");
  EXPECT_EQ(DecodeError({DUCKDB_ERROR_BINDER, "Binder Error: x"}, none).condition(), "INTERNAL_ERROR");
  // A user's text that looks like a record, inside an error of DuckDB's own, is not believed.
  EXPECT_FALSE(IsRowError({DUCKDB_ERROR_INVALID_INPUT, "Invalid Input Error: oops '\x1e{}\x1e'"}));
  EXPECT_FALSE(IsRowError({DUCKDB_ERROR_CONVERSION, "Invalid Input Error: \x1e{}\x1e"}));
}

}  // namespace
}  // namespace hearth::engine
