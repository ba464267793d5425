// One statement running on one connection, its rows coming out as they are made.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/duckdb/database.h"

namespace hearth::engine {

// Used from one thread, but for Interrupt and Progress, which any thread may call while the object lives.
// The calling thread takes part in the work: with `threads` = 1 it does all of it.
class QueryRun {
 public:
  explicit QueryRun(Connection connection) : connection_(std::move(connection)) {}
  // With the statement prepared. Throws DuckDbError.
  QueryRun(Connection connection, const std::string& sql) : QueryRun(std::move(connection)) { Prepare(sql); }

  // Parses, plans and optimizes the statement, which can take long: an Interrupt is noticed between the
  // passes of the optimizer. Throws DuckDbError.
  void Prepare(const std::string& sql);

  // Starts the statement and works on it until its first rows are there (or all of it, for a sort or an
  // aggregate). REQUIRES: Prepare. Throws DuckDbError; DUCKDB_ERROR_INTERRUPT after Interrupt.
  void Start();

  // The next rows, never empty; null at the end. A query can fail after any number of chunks. REQUIRES:
  // Start. Throws DuckDbError.
  ChunkHandle Next();

  idx_t column_count();
  LogicalTypeHandle column_type(idx_t index);

  void Interrupt() { connection_.Interrupt(); }
  double Progress() const { return connection_.Progress(); }

  // Ends the run and gives its connection back for another one.
  Connection TakeConnection() &&;

 private:
  [[noreturn]] void ThrowResultError();

  // Destroyed in reverse order: a result must go before its connection.
  Connection connection_;
  PreparedHandle prepared_;
  ResultHandle result_;
};

}  // namespace hearth::engine
