// An error that a row causes inside a registered function, on its way out of DuckDB. DuckDB carries only
// text, so the text is a record between control characters; error_decoding.h reads it back.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "spark/error.h"

namespace hearth::engine {

// What the error says about where it happened.
enum class ErrorContext {
  kSite,     // the query context of the call's error site
  kNone,     // none: Spark leaves it out of some errors
  kUnknown,  // a context without content: Spark has one, but lost what it points to
};

// Thrown by a function for one row; caught where DuckDB called us.
struct RowError {
  spark::ExceptionKind kind = spark::ExceptionKind::kSpark;
  std::string condition;
  std::map<std::string, std::string> parameters;
  ErrorContext context = ErrorContext::kSite;
};

std::string EncodeRowError(const RowError& error, int32_t site);

// The same for an error that was thrown whole, such as a decline: it keeps all but its query context.
std::string EncodeError(const spark::Error& error);

// Names of spark::ExceptionKind without the k, for hearth_raise. CHECKs on an unknown one.
spark::ExceptionKind KindByName(std::string_view name);

// The errors that many functions share.
RowError ArithmeticOverflow(const std::string& message, const std::string& suggested_function,
                            ErrorContext context = ErrorContext::kSite);
RowError DivideByZero();
RowError RemainderByZero();
RowError CastOverflow(const std::string& value, const std::string& source_type,
                      const std::string& target_type);
RowError CastInvalidInput(spark::ExceptionKind kind, std::string_view text, const std::string& target_type);
RowError DecimalOutOfRange(const std::string& value, int precision, int scale);

}  // namespace hearth::engine
