#include "engine/functions/error_decoding.h"

#include <nlohmann/json.hpp>

#include <string_view>

#include "engine/functions/row_error.h"

namespace hearth::engine {
namespace {

using spark::Error;
using spark::ExceptionKind;

constexpr char kFrame = '\x1e';

// The record inside a row error's text; a discarded value when there is none.
nlohmann::json RecordOf(const DuckDbError& error) {
  const nlohmann::json none = nlohmann::json(nlohmann::json::value_t::discarded);
  if (error.type() != DUCKDB_ERROR_INVALID_INPUT) return none;
  const std::string_view text = error.message();
  // DuckDB puts its own word before the record, so a record elsewhere is a value of the user's inside another
  // error.
  constexpr std::string_view kPrefix = "Invalid Input Error: \x1e";
  if (!text.starts_with(kPrefix)) return none;
  const size_t end = text.find(kFrame, kPrefix.size());
  if (end == std::string_view::npos) return none;
  nlohmann::json record = nlohmann::json::parse(text.substr(kPrefix.size(), end - kPrefix.size()), nullptr,
                                                /*allow_exceptions=*/false);
  return record.is_object() ? record : none;
}

Error RowErrorOf(const nlohmann::json& record,
                 const std::function<spark::OriginPtr(size_t)>& origin_of_site) {
  if (const auto decline = record.find("decline"); decline != record.end()) {
    return Error::Decline(decline->get<std::string>());
  }
  const auto kind = static_cast<ExceptionKind>(record.at("kind").get<int>());
  const auto condition = record.at("condition").get<std::string>();
  const auto parameters = record.at("parameters").get<Error::Parameters>();
  switch (static_cast<ErrorContext>(record.at("context").get<int>())) {
    case ErrorContext::kSite:
      return Error(kind, condition, parameters, origin_of_site(record.at("site").get<size_t>()));
    case ErrorContext::kNone: return Error(kind, condition, parameters);
    case ErrorContext::kUnknown: break;
  }
  const Error plain(kind, condition, parameters);
  return Error::WithMessage(kind, condition, plain.sql_state(), parameters, plain.message(),
                            {spark::QueryContext{}});
}

Error WithDuckDbText(ExceptionKind kind, const std::string& condition, const std::string& text) {
  const spark::ConditionEntry* entry = spark::FindCondition(condition);
  const std::string sql_state = entry == nullptr ? "" : std::string(entry->sql_state);
  return Error::WithMessage(kind, condition, sql_state, {},
                            "[" + condition + "] " + text + " SQLSTATE: " + sql_state);
}

}  // namespace

bool IsRowError(const DuckDbError& error) { return !RecordOf(error).is_discarded(); }

bool DependsOnRows(const DuckDbError& error) {
  switch (error.type()) {
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
    case DUCKDB_ERROR_INVALID_INPUT: return true;
    default: return false;
  }
}

Error DecodeError(const DuckDbError& error, const std::function<spark::OriginPtr(size_t)>& origin_of_site) {
  const nlohmann::json record = RecordOf(error);
  if (!record.is_discarded()) return RowErrorOf(record, origin_of_site);
  switch (error.type()) {
    case DUCKDB_ERROR_INTERRUPT: return Error(ExceptionKind::kSql, "OPERATION_CANCELED", {});
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return WithDuckDbText(ExceptionKind::kSpark, "UNABLE_TO_ACQUIRE_MEMORY", error.message());
    case DUCKDB_ERROR_IO:
      return WithDuckDbText(ExceptionKind::kSpark, "FAILED_READ_FILE.NO_HINT", error.message());
    default: return Error(ExceptionKind::kSpark, "INTERNAL_ERROR", {{"message", error.message()}});
  }
}

}  // namespace hearth::engine
