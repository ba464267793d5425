#include "engine/service/text_result.h"

#include <duckdb.h>

#include <utility>

#include "base/check.h"
#include "engine/duckdb/handles.h"

namespace hearth::engine {
namespace {

LogicalTypeHandle DuckDbType(const spark::DataType& type) {
  if (type.Is(spark::TypeId::kArray)) {
    return LogicalTypeHandle(duckdb_create_list_type(DuckDbType(type.element()).get()));
  }
  HEARTH_CHECK(type.Is(spark::TypeId::kString) || type.Is(spark::TypeId::kBoolean)) << type.sql();
  return LogicalTypeHandle(duckdb_create_logical_type(type.Is(spark::TypeId::kString) ? DUCKDB_TYPE_VARCHAR
                                                                                      : DUCKDB_TYPE_BOOLEAN));
}

void Assign(duckdb_vector vector, size_t row, const std::string& text) {
  duckdb_vector_assign_string_element_len(vector, row, text.data(), text.size());
}

// Behind the arrays of the rows before.
void Assign(duckdb_vector vector, size_t row, const std::vector<std::string>& array) {
  const idx_t before = duckdb_list_vector_get_size(vector);
  static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row] = {before, array.size()};
  HEARTH_CHECK(duckdb_list_vector_reserve(vector, before + array.size()) == DuckDBSuccess);
  const duckdb_vector elements = duckdb_list_vector_get_child(vector);
  for (size_t i = 0; i < array.size(); ++i) Assign(elements, before + i, array[i]);
  HEARTH_CHECK(duckdb_list_vector_set_size(vector, before + array.size()) == DuckDBSuccess);
}

void AssignNull(duckdb_vector vector, size_t row) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void Assign(duckdb_vector vector, size_t row, const TextCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) {
    Assign(vector, row, *text);
  } else if (const auto* array = std::get_if<std::vector<std::string>>(&cell)) {
    Assign(vector, row, *array);
  } else if (const auto* boolean = std::get_if<bool>(&cell)) {
    static_cast<bool*>(duckdb_vector_get_data(vector))[row] = *boolean;
  } else {
    AssignNull(vector, row);
  }
}

// Fills a chunk with rows [from, from + count).
void Fill(duckdb_data_chunk chunk, const TextResult& result, size_t from, size_t count) {
  for (size_t column = 0; column < result.schema.fields().size(); ++column) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    for (size_t i = 0; i < count; ++i) Assign(vector, i, result.rows[from + i].at(column));
  }
  duckdb_data_chunk_set_size(chunk, count);
}

}  // namespace

IpcBatch EncodeTextResult(const TextResult& result, const std::shared_ptr<BufferPool>& pool) {
  std::vector<LogicalTypeHandle> types;
  std::vector<duckdb_logical_type> raw_types;
  for (const auto& field : result.schema.fields()) {
    types.push_back(DuckDbType(field.type));
    raw_types.push_back(types.back().get());
  }
  // One batch whatever its size: the rows of a command are few.
  BatchWriterOptions options;
  options.target_bytes = SIZE_MAX;
  BatchWriter writer(result.schema, raw_types, options, pool);
  std::vector<IpcBatch> finished;
  if (!result.rows.empty()) {
    const ChunkHandle chunk(duckdb_create_data_chunk(raw_types.data(), raw_types.size()));
    const size_t capacity = duckdb_vector_size();
    for (size_t from = 0; from < result.rows.size(); from += capacity) {
      duckdb_data_chunk_reset(chunk.get());
      Fill(chunk.get(), result, from, std::min(capacity, result.rows.size() - from));
      writer.Append(chunk.get(), &finished);
    }
  }
  HEARTH_CHECK(finished.empty()) << "a batch ended early";
  auto batch = writer.Finish();
  HEARTH_CHECK(batch.has_value()) << "a result without a batch";
  return std::move(*batch);
}

std::string Concatenate(const IpcBatch& batch) {
  std::string bytes;
  bytes.reserve(batch.bytes);
  for (const IpcSlice& slice : batch.slices)
    bytes.append(reinterpret_cast<const char*>(slice.data), slice.size);
  return bytes;
}

}  // namespace hearth::engine
