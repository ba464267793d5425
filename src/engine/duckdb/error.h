// What DuckDB says when something fails: a type, which code may decide on, and a text, which it may not.
#pragma once

#include <duckdb.h>

#include <exception>
#include <string>

namespace hearth::engine {

// Thrown by the handles and QueryRun; it stays inside engine/. Whoever runs an operation turns it into a
// spark::Error (functions/error_decoding.h).
class DuckDbError : public std::exception {
 public:
  DuckDbError(duckdb_error_type type, std::string message) : type_(type), message_(std::move(message)) {}

  // For the calls of the C API that give only text: the type is read back from the prefix that DuckDB puts
  // before it
  // ("Out of Memory Error: ..."), DUCKDB_ERROR_INVALID when there is none.
  static DuckDbError FromText(const char* text);

  duckdb_error_type type() const { return type_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  duckdb_error_type type_;
  std::string message_;
};

}  // namespace hearth::engine
