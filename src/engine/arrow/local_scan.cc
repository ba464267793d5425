#include "engine/arrow/local_scan.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/arrow/vector_filler.h"
#include "engine/duckdb/storage_type.h"
#include "engine/functions/row_error.h"

namespace hearth::engine {
namespace {

// How far a scan has come, and which of the table's columns it was asked for: the i-th of the chunk is
// columns[i]; beyond the table's own, one that nobody reads.
struct Cursor {
  std::vector<size_t> columns;
  size_t batch = 0;
  int64_t row = 0;
};

void Bind(duckdb_bind_info info) {
  const auto* const scans = static_cast<const LocalScans*>(duckdb_bind_get_extra_info(info));
  ClientContextHandle context;
  duckdb_table_function_get_client_context(info, context.out());
  const ValueHandle index(duckdb_bind_get_parameter(info, 0));
  std::shared_ptr<const LocalScans::Table> table =
      scans->Find(duckdb_client_context_get_connection_id(context.get()), duckdb_get_int64(index.get()));
  if (table == nullptr) return duckdb_bind_set_error(info, "hearth_local: no such table on this connection");
  try {
    for (size_t i = 0; i < table->schema.fields().size(); ++i) {
      duckdb_bind_add_result_column(info, ("c" + std::to_string(i)).c_str(),
                                    StorageType(table->schema.fields()[i].type).get());
    }
    if (table->schema.fields().empty()) {
      // DuckDB has no table without columns: one that nobody reads stands for the rows.
      duckdb_bind_add_result_column(info, "nothing",
                                    LogicalTypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN)).get());
    }
  } catch (const std::exception& error) {
    return duckdb_bind_set_error(info, error.what());
  }
  duckdb_bind_set_cardinality(info, table->rows == nullptr ? 0 : static_cast<idx_t>(table->rows->row_count()),
                              true);
  duckdb_bind_set_bind_data(
      info, new std::shared_ptr<const LocalScans::Table>(std::move(table)),
      [](void* data) { delete static_cast<std::shared_ptr<const LocalScans::Table>*>(data); });
}

void Init(duckdb_init_info info) {
  auto* const cursor = new Cursor;
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    cursor->columns.push_back(duckdb_init_get_column_index(info, i));
  }
  duckdb_init_set_init_data(info, cursor, [](void* data) { delete static_cast<Cursor*>(data); });
  duckdb_init_set_max_threads(info, 1);  // keeps the order of the rows
}

void FillWithNulls(duckdb_vector vector, int64_t count) {
  duckdb_vector_ensure_validity_writable(vector);
  uint64_t* const validity = duckdb_vector_get_validity(vector);
  for (int64_t row = 0; row < count; ++row)
    duckdb_validity_set_row_invalid(validity, static_cast<idx_t>(row));
}

void ScanRows(duckdb_function_info info, duckdb_data_chunk out) {
  const auto& table =
      **static_cast<std::shared_ptr<const LocalScans::Table>*>(duckdb_function_get_bind_data(info));
  auto* const cursor = static_cast<Cursor*>(duckdb_function_get_init_data(info));
  duckdb_data_chunk_set_size(out, 0);
  if (table.rows == nullptr) return;
  while (cursor->batch < table.rows->batch_count() &&
         cursor->row == table.rows->batch(cursor->batch).length) {
    ++cursor->batch;
    cursor->row = 0;
  }
  if (cursor->batch == table.rows->batch_count()) return;
  const ArrowArrayView& batch = table.rows->batch(cursor->batch);
  const int64_t count =
      std::min<int64_t>(batch.length - cursor->row, static_cast<int64_t>(duckdb_vector_size()));
  for (size_t i = 0; i < cursor->columns.size(); ++i) {
    const size_t column = cursor->columns[i];
    const duckdb_vector target = duckdb_data_chunk_get_vector(out, i);
    if (column < table.schema.fields().size()) {
      FillVector(*batch.children[column], table.schema.fields()[column].type, cursor->row, count, target, 0);
    } else {
      FillWithNulls(target, count);
    }
  }
  cursor->row += count;
  duckdb_data_chunk_set_size(out, static_cast<idx_t>(count));
}

// DuckDB takes no exceptions. What a row declines reaches the operation as the decline that it is.
void Scan(duckdb_function_info info, duckdb_data_chunk out) {
  try {
    ScanRows(info, out);
  } catch (const spark::Error& error) {
    duckdb_function_set_error(info, EncodeError(error).c_str());
  } catch (const std::exception& error) {
    duckdb_function_set_error(info, error.what());
  }
}

}  // namespace

LocalScans::LocalScans(Database* database) {
  const TableFunctionHandle function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), "hearth_local");
  duckdb_table_function_add_parameter(
      function.get(), LogicalTypeHandle(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT)).get());
  duckdb_table_function_set_extra_info(function.get(), this, nullptr);
  duckdb_table_function_set_bind(function.get(), engine::Bind);
  duckdb_table_function_set_init(function.get(), Init);
  duckdb_table_function_set_function(function.get(), Scan);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  const Connection connection = database->Connect();
  if (duckdb_register_table_function(connection.get(), function.get()) != DuckDBSuccess) {
    throw DuckDbError(DUCKDB_ERROR_CATALOG, "DuckDB rejects the function hearth_local");
  }
}

LocalScans::Binding LocalScans::Bind(const Connection& connection,
                                     const std::vector<std::shared_ptr<const spark::LocalTable>>& tables) {
  if (tables.empty()) return Binding(nullptr, 0);
  Tables read;
  for (const std::shared_ptr<const spark::LocalTable>& table : tables) {
    std::shared_ptr<const ArrowTable> rows;
    if (!table->blocks.empty()) rows = std::make_shared<const ArrowTable>(ArrowTable::Read(table->blocks));
    read.push_back(std::make_shared<const Table>(Table{table->schema, std::move(rows)}));
  }
  const uint64_t id = connection.id();
  absl::MutexLock lock(&mutex_);
  const bool is_new = tables_.emplace(id, std::move(read)).second;
  HEARTH_CHECK(is_new) << "a connection has local tables already";
  return Binding(this, id);
}

std::shared_ptr<const LocalScans::Table> LocalScans::Find(uint64_t connection, int64_t index) const {
  absl::MutexLock lock(&mutex_);
  const auto found = tables_.find(connection);
  if (found == tables_.end() || index < 0 || static_cast<size_t>(index) >= found->second.size())
    return nullptr;
  return found->second[static_cast<size_t>(index)];
}

LocalScans::Binding::~Binding() {
  if (scans_ == nullptr) return;
  absl::MutexLock lock(&scans_->mutex_);
  scans_->tables_.erase(connection_);
}

}  // namespace hearth::engine
