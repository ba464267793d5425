#include "engine/duckdb/error.h"

#include <string_view>
#include <utility>

namespace hearth::engine {
namespace {

// The prefixes of DuckDB's Exception::ExceptionTypeToString that matter to somebody.
constexpr std::pair<std::string_view, duckdb_error_type> kPrefixes[] = {
    {"Out of Range Error: ", DUCKDB_ERROR_OUT_OF_RANGE},
    {"Conversion Error: ", DUCKDB_ERROR_CONVERSION},
    {"Divide by Zero Error: ", DUCKDB_ERROR_DIVIDE_BY_ZERO},
    {"Invalid Input Error: ", DUCKDB_ERROR_INVALID_INPUT},
    {"Not implemented Error: ", DUCKDB_ERROR_NOT_IMPLEMENTED},
    {"Catalog Error: ", DUCKDB_ERROR_CATALOG},
    {"Parser Error: ", DUCKDB_ERROR_PARSER},
    {"Binder Error: ", DUCKDB_ERROR_BINDER},
    {"IO Error: ", DUCKDB_ERROR_IO},
    {"INTERRUPT Error: ", DUCKDB_ERROR_INTERRUPT},
    {"INTERNAL Error: ", DUCKDB_ERROR_INTERNAL},
    {"FATAL Error: ", DUCKDB_ERROR_FATAL},
    {"Out of Memory Error: ", DUCKDB_ERROR_OUT_OF_MEMORY},
    {"Permission Error: ", DUCKDB_ERROR_PERMISSION},
};

}  // namespace

DuckDbError DuckDbError::FromText(const char* text) {
  const std::string_view message = text == nullptr ? "DuckDB gave no reason" : text;
  for (const auto& [prefix, type] : kPrefixes) {
    if (message.starts_with(prefix)) return DuckDbError(type, std::string(message));
  }
  return DuckDbError(DUCKDB_ERROR_INVALID, std::string(message));
}

}  // namespace hearth::engine
