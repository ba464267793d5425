#include "engine/duckdb/query_run.h"

#include <utility>

namespace hearth::engine {

void QueryRun::Prepare(const std::string& sql) {
  if (duckdb_prepare(connection_.get(), sql.c_str(), prepared_.out()) != DuckDBSuccess) {
    throw DuckDbError::FromText(duckdb_prepare_error(prepared_.get()));
  }
}

void QueryRun::Start() {
  PendingHandle pending;
  if (duckdb_pending_prepared_streaming(prepared_.get(), pending.out()) != DuckDBSuccess) {
    throw DuckDbError::FromText(duckdb_pending_error(pending.get()));
  }
  if (duckdb_execute_pending(pending.get(), result_.get()) != DuckDBSuccess) ThrowResultError();
}

ChunkHandle QueryRun::Next() {
  while (true) {
    ChunkHandle chunk(duckdb_fetch_chunk(*result_.get()));
    if (!chunk) {
      // The end and a late error look the same until one asks.
      if (duckdb_result_error(result_.get()) != nullptr) ThrowResultError();
      return chunk;
    }
    if (duckdb_data_chunk_get_size(chunk.get()) > 0) return chunk;
  }
}

idx_t QueryRun::column_count() { return duckdb_prepared_statement_column_count(prepared_.get()); }

LogicalTypeHandle QueryRun::column_type(idx_t index) {
  return LogicalTypeHandle(duckdb_prepared_statement_column_logical_type(prepared_.get(), index));
}

Connection QueryRun::TakeConnection() && {
  result_ = ResultHandle();
  prepared_.Reset();
  return std::move(connection_);
}

void QueryRun::ThrowResultError() {
  const char* text = duckdb_result_error(result_.get());
  throw DuckDbError(duckdb_result_error_type(result_.get()),
                    text == nullptr ? "DuckDB gave no reason" : text);
}

}  // namespace hearth::engine
