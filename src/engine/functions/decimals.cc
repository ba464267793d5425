#include "engine/functions/decimals.h"

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>

#include "base/check.h"
#include "engine/duckdb/error.h"
#include "engine/duckdb/handles.h"
#include "engine/functions/decimal_math.h"
#include "engine/functions/text_parsing.h"
#include "engine/functions/vector_function.h"
#include "engine/functions/wide.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

constexpr idx_t kVectorSize = 2048;         // STANDARD_VECTOR_SIZE of every DuckDB build we load
constexpr DecimalShape kCountShape{20, 0};  // what Spark casts a count to before it divides by it

// A column of decimals: DuckDB stores them in 16, 32, 64 or 128 bits by their precision.
class DecimalReader {
 public:
  DecimalReader(duckdb_data_chunk chunk, idx_t column, int precision)
      : view_(duckdb_data_chunk_get_vector(chunk, column)), precision_(precision) {}

  bool IsValid(idx_t row) const { return view_.IsValid(row); }
  __int128 operator[](idx_t row) const {
    if (precision_ <= 4) return view_.data<int16_t>()[row];
    if (precision_ <= 9) return view_.data<int32_t>()[row];
    if (precision_ <= 18) return view_.data<int64_t>()[row];
    // DuckDB aligns its 128-bit integers to 8 bytes only.
    __int128 value;
    std::memcpy(&value, view_.data<char>() + row * sizeof(value), sizeof(value));
    return value;
  }

 private:
  VectorView view_;
  int precision_;
};

class DecimalWriter {
 public:
  DecimalWriter(duckdb_vector out, int precision)
      : data_(duckdb_vector_get_data(out)), precision_(precision) {}

  void Set(idx_t row, __int128 value) {
    if (precision_ <= 4) {
      static_cast<int16_t*>(data_)[row] = static_cast<int16_t>(value);
    } else if (precision_ <= 9) {
      static_cast<int32_t*>(data_)[row] = static_cast<int32_t>(value);
    } else if (precision_ <= 18) {
      static_cast<int64_t*>(data_)[row] = static_cast<int64_t>(value);
    } else {
      std::memcpy(static_cast<char*>(data_) + row * sizeof(value), &value, sizeof(value));
    }
  }

 private:
  void* data_;
  int precision_;
};

void SetNull(duckdb_vector out, idx_t row) {
  duckdb_vector_ensure_validity_writable(out);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(out), row);
}

// The rows of one call: which are NULL, and where the error site is.
struct Call {
  const Variant& variant;
  duckdb_data_chunk chunk;
  duckdb_vector out;
  int32_t* site;

  idx_t size() const { return duckdb_data_chunk_get_size(chunk); }
  bool raises() const { return variant.on_error == OnError::kRaise; }

  // A failing row: raises with what `error` makes, or becomes NULL.
  template <typename MakeError>
  void Fail(idx_t row, MakeError&& error) const {
    if (raises()) {
      *site = VectorView(duckdb_data_chunk_get_vector(chunk, duckdb_data_chunk_get_column_count(chunk) - 1))
                  .data<int32_t>()[row];
      throw error();
    }
    SetNull(out, row);
  }
};

RowError OutOfRange(__int128 value, int scale, DecimalShape result) {
  return DecimalOutOfRange(TextOf(value, scale).ToPlainString(), result.precision, result.scale);
}

RowError OutcomeError(const DecimalOutcome& outcome, VariantOperation operation,
                      const std::string& exact_value, DecimalShape result) {
  switch (outcome.failure) {
    case DecimalOutcome::Failure::kZeroDivisor:
      return operation == VariantOperation::kDivide || operation == VariantOperation::kAverage
                 ? DivideByZero()
                 : RemainderByZero();
    case DecimalOutcome::Failure::kTooManyDigits:
      // Java's own ArithmeticException, which Spark does not dress.
      return {spark::ExceptionKind::kSpark,
              "INTERNAL_ERROR",
              {{"message", "Division impossible"}},
              ErrorContext::kNone};
    default: return DecimalOutOfRange(exact_value, result.precision, result.scale);
  }
}

void RunArithmetic(const Call& call) {
  const Variant& v = call.variant;
  const DecimalReader left(call.chunk, 0, v.left.precision);
  const DecimalReader right(call.chunk, 1, v.right.precision);
  DecimalWriter result(call.out, v.result.precision);
  std::string exact_value;
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!left.IsValid(row) || !right.IsValid(row)) {
      SetNull(call.out, row);
      continue;
    }
    const DecimalOutcome outcome = Calculate(v.operation, left[row], v.left, right[row], v.right, v.result,
                                             call.raises() ? &exact_value : nullptr);
    if (outcome.failure == DecimalOutcome::Failure::kNone) {
      result.Set(row, outcome.value);
    } else {
      call.Fail(row, [&] { return OutcomeError(outcome, v.operation, exact_value, v.result); });
    }
  }
}

void RunAverage(const Call& call) {
  const Variant& v = call.variant;
  const DecimalReader sum(call.chunk, 0, v.left.precision);
  const VectorView count(duckdb_data_chunk_get_vector(call.chunk, 1));
  DecimalWriter result(call.out, v.result.precision);
  std::string exact_value;
  for (idx_t row = 0; row < call.size(); ++row) {
    const int64_t n = count.IsValid(row) ? count.data<int64_t>()[row] : 0;
    if (!sum.IsValid(row) || n == 0) {
      SetNull(call.out, row);
      continue;
    }
    const DecimalOutcome outcome = Calculate(VariantOperation::kDivide, sum[row], v.left, n, kCountShape,
                                             v.result, call.raises() ? &exact_value : nullptr);
    if (outcome.failure == DecimalOutcome::Failure::kNone) {
      result.Set(row, outcome.value);
    } else {
      call.Fail(row, [&] { return OutcomeError(outcome, v.operation, exact_value, v.result); });
    }
  }
}

void RunIntegralDivide(const Call& call) {
  const Variant& v = call.variant;
  const DecimalReader left(call.chunk, 0, v.left.precision);
  const DecimalReader right(call.chunk, 1, v.right.precision);
  auto* const result = static_cast<int64_t*>(duckdb_vector_get_data(call.out));
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!left.IsValid(row) || !right.IsValid(row)) {
      SetNull(call.out, row);
    } else if (const auto quotient = IntegralQuotient(left[row], v.left.scale, right[row], v.right.scale)) {
      result[row] = *quotient;
    } else {
      call.Fail(row, DivideByZero);
    }
  }
}

// Functions of one decimal to a decimal, given as its unscaled value; null: does not fit.
template <typename Function>
void RunUnary(const Call& call, DecimalShape input, Function&& function) {
  const DecimalReader values(call.chunk, 0, input.precision);
  DecimalWriter result(call.out, call.variant.result.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
    } else if (const std::optional<__int128> value = function(values[row])) {
      result.Set(row, *value);
    } else {
      call.Fail(row, [&] { return OutOfRange(values[row], input.scale, call.variant.result); });
    }
  }
}

void RunCast(const Call& call) {
  const Variant& v = call.variant;
  RunUnary(call, v.left, [&v](__int128 value) { return Rescale(value, v.left.scale, v.result); });
}

void RunRounding(const Call& call) {
  const Variant& v = call.variant;
  RunUnary(call, v.left, [&v](__int128 value) {
    return RoundDecimal(v.operation, value, v.left.scale, v.digits, v.result);
  });
}

// Scala's BigDecimal negates in its default context: 34 digits, half even.
DecimalText Negated(__int128 value, int scale) {
  constexpr int kContextDigits = 34;
  DecimalText text = TextOf(value, scale);
  text.negative = !text.negative;
  const int64_t excess = text.precision() - kContextDigits;
  return excess > 0 ? text.WithScale(scale - excess, HalfRounding::kEven) : text;
}

// BigDecimal.toString of a number that was rounded to the context's digits: d.ddd...E+n.
std::string ScientificText(const DecimalText& number) {
  const std::string& digits = number.digits;
  const int64_t exponent = number.precision() - 1 - number.scale;
  return std::string(number.negative ? "-" : "") + digits[0] + '.' + digits.substr(1) + "E+" +
         std::to_string(exponent);
}

void RunNegate(const Call& call) {
  const DecimalShape shape = call.variant.result;
  const DecimalReader values(call.chunk, 0, shape.precision);
  DecimalWriter result(call.out, shape.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
      continue;
    }
    if (call.variant.operation == VariantOperation::kAbs && values[row] >= 0) {
      result.Set(row, values[row]);
      continue;
    }
    DecimalText negated = Negated(values[row], shape.scale);
    if (negated.precision() > 34) {  // 99.. became 1000..: the context drops the zero
      negated = negated.WithScale(negated.scale - 1, HalfRounding::kEven);
    }
    if (const std::optional<__int128> value = negated.Unscaled(shape.precision, shape.scale)) {
      result.Set(row, *value);
      continue;
    }
    call.Fail(row, [&] {
      return RowError{spark::ExceptionKind::kArithmetic,
                      "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
                      {{"originalValue", ScientificText(negated)},
                       {"roundedValue", negated.WithScale(shape.scale, HalfRounding::kUp).ToPlainString()},
                       {"precision", std::to_string(shape.precision)},
                       {"scale", std::to_string(shape.scale)}},
                      ErrorContext::kNone};
    });
  }
}

// ---- sums in two parts ----

constexpr int kPartDigits = 19;

void RunPart(const Call& call) {
  const bool is_high = call.variant.operation == VariantOperation::kHighPart;
  const DecimalReader values(call.chunk, 0, call.variant.left.precision);
  DecimalWriter result(call.out, spark::DataType::kMaxPrecision);
  const __int128 unit = PowerOfTen(kPartDigits);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (values.IsValid(row)) {
      result.Set(row, is_high ? values[row] / unit : values[row] % unit);
    } else {
      SetNull(call.out, row);
    }
  }
}

RowError SumOutOfRange(const Call& call, const std::string& value) {
  const VariantOperation operation = call.variant.operation;
  if (operation == VariantOperation::kGroupSum || operation == VariantOperation::kGroupSumOfParts) {
    return ArithmeticOverflow("Overflow in sum of decimals", "try_sum");
  }
  return DecimalOutOfRange(value, call.variant.result.precision, call.variant.result.scale);
}

void RunSum(const Call& call) {
  const Variant& v = call.variant;
  const DecimalReader values(call.chunk, 0, v.left.precision);
  DecimalWriter result(call.out, v.result.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
    } else if (const auto sum = Rescale(values[row], v.left.scale, v.result)) {
      result.Set(row, *sum);
    } else {
      call.Fail(row, [&] { return SumOutOfRange(call, TextOf(values[row], v.left.scale).ToPlainString()); });
    }
  }
}

struct SumOfParts {
  bool negative = false;
  Wide magnitude;
};

SumOfParts Join(__int128 high, __int128 low) {
  const __int128 unit = PowerOfTen(kPartDigits);
  high += low / unit;
  low %= unit;
  // Both with one sign.
  if (high > 0 && low < 0) {
    --high;
    low += unit;
  } else if (high < 0 && low > 0) {
    ++high;
    low -= unit;
  }
  const auto magnitude = [](__int128 part) {
    return Wide(static_cast<unsigned __int128>(part < 0 ? -part : part));
  };
  return {high < 0 || low < 0, magnitude(high) * Wide::TenTo(kPartDigits) + magnitude(low)};
}

void RunSumOfParts(const Call& call) {
  const Variant& v = call.variant;
  const DecimalReader highs(call.chunk, 0, spark::DataType::kMaxPrecision);
  const DecimalReader lows(call.chunk, 1, spark::DataType::kMaxPrecision);
  DecimalWriter result(call.out, v.result.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!highs.IsValid(row) || !lows.IsValid(row)) {
      SetNull(call.out, row);
      continue;
    }
    const SumOfParts sum = Join(highs[row], lows[row]);
    std::optional<__int128> value;
    if (sum.magnitude.FitsInt128()) {
      const __int128 unsigned_value = sum.magnitude.ToInt128();
      value = Rescale(sum.negative ? -unsigned_value : unsigned_value, v.left.scale, v.result);
    }
    if (value.has_value()) {
      result.Set(row, *value);
      continue;
    }
    const DecimalText text{sum.negative, sum.magnitude.ToString(), v.left.scale};
    call.Fail(row, [&] { return SumOutOfRange(call, text.ToPlainString()); });
  }
}

template <typename Integer>
void RunFromInteger(const Call& call) {
  const DecimalShape shape = call.variant.result;
  const VectorView values(duckdb_data_chunk_get_vector(call.chunk, 0));
  DecimalWriter result(call.out, shape.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    const __int128 value = SqlType<Integer>::Load(values.data<typename SqlType<Integer>::Stored>()[row]);
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
    } else if (const auto decimal = Rescale(value, 0, shape)) {
      result.Set(row, *decimal);
    } else {
      call.Fail(row, [&] { return OutOfRange(value, 0, shape); });
    }
  }
}

// Spark makes a decimal from the text that Java prints for the number.
template <typename Floating>
void RunFromFloating(const Call& call) {
  const DecimalShape shape = call.variant.result;
  const VectorView values(duckdb_data_chunk_get_vector(call.chunk, 0));
  DecimalWriter result(call.out, shape.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    const double value = values.data<Floating>()[row];
    if (!values.IsValid(row) || !std::isfinite(value)) {
      SetNull(call.out, row);
      continue;
    }
    const std::optional<DecimalText> number = DecimalText::Parse(spark::JavaDouble(value));
    HEARTH_CHECK(number.has_value());
    if (const auto decimal = number->Unscaled(shape.precision, shape.scale)) {
      result.Set(row, *decimal);
    } else {
      call.Fail(row,
                [&] { return DecimalOutOfRange(number->ToPlainString(), shape.precision, shape.scale); });
    }
  }
}

RowError TextError(std::string_view text, const ParsedDecimal& parsed, DecimalShape shape) {
  switch (parsed.status) {
    case ParsedDecimal::Status::kNoNumber:
      return CastInvalidInput(spark::ExceptionKind::kNumberFormat, text,
                              spark::DataType::Decimal(shape.precision, shape.scale).sql());
    case ParsedDecimal::Status::kOutOfSupportedRange:
      return {spark::ExceptionKind::kArithmetic,
              "NUMERIC_OUT_OF_SUPPORTED_RANGE",
              {{"value", std::string(text)}},
              ErrorContext::kNone};
    default: return DecimalOutOfRange(parsed.number.ToPlainString(), shape.precision, shape.scale);
  }
}

void RunFromText(const Call& call) {
  const DecimalShape shape = call.variant.result;
  const VectorView values(duckdb_data_chunk_get_vector(call.chunk, 0));
  DecimalWriter result(call.out, shape.precision);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
      continue;
    }
    const ParsedDecimal parsed = ParseDecimal(values.string(row), shape.precision, shape.scale);
    if (parsed.status == ParsedDecimal::Status::kFits) {
      result.Set(row, parsed.unscaled);
    } else {
      call.Fail(row, [&] { return TextError(values.string(row), parsed, shape); });
    }
  }
}

template <typename Integer>
void RunToInteger(const Call& call, const char* target) {
  const DecimalShape shape = call.variant.left;
  const DecimalReader values(call.chunk, 0, shape.precision);
  auto* const result = static_cast<Integer*>(duckdb_vector_get_data(call.out));
  const __int128 unit = PowerOfTen(shape.scale);
  for (idx_t row = 0; row < call.size(); ++row) {
    if (!values.IsValid(row)) {
      SetNull(call.out, row);
      continue;
    }
    const __int128 whole = values[row] / unit;
    result[row] = static_cast<Integer>(whole);
    if (whole == result[row]) continue;
    call.Fail(row, [&] {
      return CastOverflow(TextOf(values[row], shape.scale).ToPlainString() + "BD",
                          spark::DataType::Decimal(shape.precision, shape.scale).sql(), target);
    });
  }
}

template <typename Floating, Floating (*Convert)(__int128, int)>
void RunToFloating(const Call& call) {
  const DecimalReader values(call.chunk, 0, call.variant.left.precision);
  auto* const result = static_cast<Floating*>(duckdb_vector_get_data(call.out));
  for (idx_t row = 0; row < call.size(); ++row) {
    if (values.IsValid(row)) {
      result[row] = Convert(values[row], call.variant.left.scale);
    } else {
      SetNull(call.out, row);
    }
  }
}

void RunVariant(const Call& call) {
  switch (call.variant.operation) {
    case VariantOperation::kAdd:
    case VariantOperation::kSubtract:
    case VariantOperation::kMultiply:
    case VariantOperation::kDivide:
    case VariantOperation::kRemainder:
    case VariantOperation::kPmod: return RunArithmetic(call);
    case VariantOperation::kIntegralDivide: return RunIntegralDivide(call);
    case VariantOperation::kCast: return RunCast(call);
    case VariantOperation::kSum:
    case VariantOperation::kGroupSum: return RunSum(call);
    case VariantOperation::kHighPart:
    case VariantOperation::kLowPart: return RunPart(call);
    case VariantOperation::kSumOfParts:
    case VariantOperation::kGroupSumOfParts: return RunSumOfParts(call);
    case VariantOperation::kAverage: return RunAverage(call);
    case VariantOperation::kRound:
    case VariantOperation::kBround:
    case VariantOperation::kCeil:
    case VariantOperation::kFloor: return RunRounding(call);
    case VariantOperation::kFromLong: return RunFromInteger<int64_t>(call);
    case VariantOperation::kFromHugeInt: return RunFromInteger<__int128>(call);
    case VariantOperation::kFromFloat: return RunFromFloating<float>(call);
    case VariantOperation::kFromDouble: return RunFromFloating<double>(call);
    case VariantOperation::kFromText: return RunFromText(call);
    case VariantOperation::kToByte: return RunToInteger<int8_t>(call, "TINYINT");
    case VariantOperation::kToShort: return RunToInteger<int16_t>(call, "SMALLINT");
    case VariantOperation::kToInt: return RunToInteger<int32_t>(call, "INT");
    case VariantOperation::kToLong: return RunToInteger<int64_t>(call, "BIGINT");
    case VariantOperation::kToFloat: return RunToFloating<float, DecimalToFloat>(call);
    case VariantOperation::kToDouble: return RunToFloating<double, DecimalToDouble>(call);
    case VariantOperation::kNegate:
    case VariantOperation::kAbs: return RunNegate(call);
  }
}

void Run(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector out) {
  ReportErrors(info, [&](int32_t* site) {
    HEARTH_CHECK(duckdb_data_chunk_get_size(chunk) <= kVectorSize);
    RunVariant({*static_cast<const Variant*>(duckdb_scalar_function_get_extra_info(info)), chunk, out, site});
  });
}

LogicalTypeHandle Plain(duckdb_type type) { return LogicalTypeHandle(duckdb_create_logical_type(type)); }

LogicalTypeHandle DecimalType(DecimalShape shape) {
  return LogicalTypeHandle(
      duckdb_create_decimal_type(static_cast<uint8_t>(shape.precision), static_cast<uint8_t>(shape.scale)));
}

struct Types {
  std::vector<LogicalTypeHandle> parameters;
  LogicalTypeHandle result;
};

Types TypesOf(const Variant& variant) {
  Types types;
  const auto plain = [&types](duckdb_type parameter) { types.parameters.push_back(Plain(parameter)); };
  if (variant.left.precision > 0) types.parameters.push_back(DecimalType(variant.left));
  if (variant.right.precision > 0) types.parameters.push_back(DecimalType(variant.right));
  types.result = variant.result.precision > 0 ? DecimalType(variant.result) : Plain(DUCKDB_TYPE_BIGINT);
  switch (variant.operation) {
    case VariantOperation::kHighPart:
    case VariantOperation::kLowPart: types.result = Plain(DUCKDB_TYPE_HUGEINT); break;
    case VariantOperation::kSumOfParts:
    case VariantOperation::kGroupSumOfParts:
      types.parameters.clear();  // the shape of the sum is no parameter
      plain(DUCKDB_TYPE_HUGEINT);
      plain(DUCKDB_TYPE_HUGEINT);
      break;
    case VariantOperation::kAverage:
    case VariantOperation::kFromLong: plain(DUCKDB_TYPE_BIGINT); break;
    case VariantOperation::kFromHugeInt: plain(DUCKDB_TYPE_HUGEINT); break;
    case VariantOperation::kFromFloat: plain(DUCKDB_TYPE_FLOAT); break;
    case VariantOperation::kFromDouble: plain(DUCKDB_TYPE_DOUBLE); break;
    case VariantOperation::kFromText: plain(DUCKDB_TYPE_VARCHAR); break;
    case VariantOperation::kToByte: types.result = Plain(DUCKDB_TYPE_TINYINT); break;
    case VariantOperation::kToShort: types.result = Plain(DUCKDB_TYPE_SMALLINT); break;
    case VariantOperation::kToInt: types.result = Plain(DUCKDB_TYPE_INTEGER); break;
    case VariantOperation::kToFloat: types.result = Plain(DUCKDB_TYPE_FLOAT); break;
    case VariantOperation::kToDouble: types.result = Plain(DUCKDB_TYPE_DOUBLE); break;
    case VariantOperation::kNegate:
    case VariantOperation::kAbs: types.parameters.push_back(DecimalType(variant.result)); break;
    default: break;
  }
  if (variant.on_error == OnError::kRaise && CanRaise(variant.operation)) plain(DUCKDB_TYPE_INTEGER);
  return types;
}

}  // namespace

void RegisterDecimalVariant(const Variant& variant, duckdb_connection connection) {
  const Types types = TypesOf(variant);
  const std::string name = VariantName(variant);
  const ScalarFunctionHandle function(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(function.get(), name.c_str());
  for (const LogicalTypeHandle& type : types.parameters) {
    duckdb_scalar_function_add_parameter(function.get(), type.get());
  }
  duckdb_scalar_function_set_return_type(function.get(), types.result.get());
  duckdb_scalar_function_set_function(function.get(), Run);
  if (variant.on_error == OnError::kRaise && CanRaise(variant.operation)) {
    duckdb_scalar_function_set_volatile(function.get());
  }
  duckdb_scalar_function_set_extra_info(function.get(), new Variant(variant),
                                        [](void* info) { delete static_cast<Variant*>(info); });
  if (duckdb_register_scalar_function(connection, function.get()) != DuckDBSuccess) {
    throw DuckDbError(DUCKDB_ERROR_CATALOG, "DuckDB rejects the function " + name);
  }
}

}  // namespace hearth::engine
