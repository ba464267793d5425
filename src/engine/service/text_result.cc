#include "engine/service/text_result.h"

#include <duckdb.h>

#include <utility>

#include "base/check.h"
#include "engine/duckdb/handles.h"

namespace hearth::engine {
namespace {

LogicalTypeHandle DuckDbType(const spark::DataType& type) {
  HEARTH_CHECK(type.Is(spark::TypeId::kString) || type.Is(spark::TypeId::kBoolean)) << type.sql();
  return LogicalTypeHandle(
      duckdb_create_logical_type(type.Is(spark::TypeId::kString) ? DUCKDB_TYPE_VARCHAR : DUCKDB_TYPE_BOOLEAN));
}

// Fills a chunk with rows [from, from + count).
void Fill(duckdb_data_chunk chunk, const TextResult& result, size_t from, size_t count) {
  for (size_t column = 0; column < result.schema.fields().size(); ++column) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    for (size_t i = 0; i < count; ++i) {
      const auto& cell = result.rows[from + i].at(column);
      if (const auto* text = std::get_if<std::string>(&cell)) {
        duckdb_vector_assign_string_element_len(vector, i, text->data(), text->size());
      } else {
        static_cast<bool*>(duckdb_vector_get_data(vector))[i] = std::get<bool>(cell);
      }
    }
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
  for (const IpcSlice& slice : batch.slices) bytes.append(reinterpret_cast<const char*>(slice.data), slice.size);
  return bytes;
}

}  // namespace hearth::engine
