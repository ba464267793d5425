#include "engine/functions/row_error.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

#include "base/check.h"
#include "spark/types/value.h"

namespace hearth::engine {
namespace {

using spark::DataType;
using spark::ExceptionKind;

const std::string kAnsiConfig = spark::QuoteDouble("spark.sql.ansi.enabled");

constexpr std::array<std::pair<std::string_view, ExceptionKind>, 15> kKinds = {{
    {"Analysis", ExceptionKind::kAnalysis},
    {"ExtendedAnalysis", ExceptionKind::kExtendedAnalysis},
    {"Parse", ExceptionKind::kParse},
    {"Spark", ExceptionKind::kSpark},
    {"Runtime", ExceptionKind::kRuntime},
    {"Arithmetic", ExceptionKind::kArithmetic},
    {"ArrayIndex", ExceptionKind::kArrayIndex},
    {"DateTime", ExceptionKind::kDateTime},
    {"NumberFormat", ExceptionKind::kNumberFormat},
    {"IllegalArgument", ExceptionKind::kIllegalArgument},
    {"UnsupportedOperation", ExceptionKind::kUnsupportedOperation},
    {"NoSuchElement", ExceptionKind::kNoSuchElement},
    {"Sql", ExceptionKind::kSql},
    {"Upgrade", ExceptionKind::kUpgrade},
    {"InvalidPlanInput", ExceptionKind::kInvalidPlanInput},
}};

// JSON escapes control characters, so the frame cannot occur inside; bytes that are no UTF-8 are replaced.
std::string Framed(const nlohmann::json& record) {
  return '\x1e' + record.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + '\x1e';
}

}  // namespace

ExceptionKind KindByName(std::string_view name) {
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  HEARTH_CHECK(false) << "no exception kind is called '" << name << "'";
  return ExceptionKind::kSpark;
}

std::string EncodeError(const spark::Error& error) {
  if (error.decline().empty()) {
    return EncodeRowError({error.kind(), error.condition(), error.parameters(), ErrorContext::kNone}, 0);
  }
  return Framed({{"decline", error.decline()}});
}

std::string EncodeRowError(const RowError& error, int32_t site) {
  const nlohmann::json record = {{"kind", static_cast<int>(error.kind)},
                                 {"condition", error.condition},
                                 {"parameters", error.parameters},
                                 {"context", static_cast<int>(error.context)},
                                 {"site", site}};
  return Framed(record);
}

RowError ArithmeticOverflow(const std::string& message, const std::string& suggested_function,
                            ErrorContext context) {
  return {
      ExceptionKind::kArithmetic,
      "ARITHMETIC_OVERFLOW",
      {{"message", message},
       {"alternative", suggested_function.empty() ? ""
                                                  : " Use '" + suggested_function +
                                                        "' to tolerate overflow and return NULL instead."},
       {"config", kAnsiConfig}},
      context};
}

RowError DivideByZero() { return {ExceptionKind::kArithmetic, "DIVIDE_BY_ZERO", {{"config", kAnsiConfig}}}; }

RowError RemainderByZero() {
  return {ExceptionKind::kArithmetic, "REMAINDER_BY_ZERO", {{"config", kAnsiConfig}}};
}

RowError CastOverflow(const std::string& value, const std::string& source_type,
                      const std::string& target_type) {
  return {ExceptionKind::kArithmetic,
          "CAST_OVERFLOW",
          {{"value", value},
           {"sourceType", spark::QuoteDouble(source_type)},
           {"targetType", spark::QuoteDouble(target_type)},
           {"ansiConfig", kAnsiConfig}},
          ErrorContext::kNone};
}

RowError CastInvalidInput(ExceptionKind kind, std::string_view text, const std::string& target_type) {
  return {kind,
          "CAST_INVALID_INPUT",
          {{"expression", spark::LiteralSql(spark::Value{std::string(text)}, DataType::String())},
           {"sourceType", spark::QuoteDouble("STRING")},
           {"targetType", spark::QuoteDouble(target_type)},
           {"ansiConfig", kAnsiConfig}}};
}

RowError DecimalOutOfRange(const std::string& value, int precision, int scale) {
  return {ExceptionKind::kArithmetic,
          "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
          {{"value", value},
           {"precision", std::to_string(precision)},
           {"scale", std::to_string(scale)},
           {"config", kAnsiConfig}}};
}

}  // namespace hearth::engine
