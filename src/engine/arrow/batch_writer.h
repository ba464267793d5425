// Results as Spark Connect wants them: few large record batches, each a complete Arrow IPC stream of its own.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/arrow/buffer_pool.h"
#include "engine/arrow/column_builder.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// Bytes that somebody owns; sending them needs no copy.
struct IpcSlice {
  std::shared_ptr<const void> owner;
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// One message's data: schema, one record batch, end of stream, as the concatenation of slices.
struct IpcBatch {
  int64_t row_count = 0;
  std::vector<IpcSlice> slices;
  size_t bytes = 0;
};

struct BatchWriterOptions {
  // A batch ends with the chunk that reaches this many bytes: large, because clients pay for each message.
  size_t target_bytes = size_t{4} << 20;
  // And with this many rows exactly, if the user set spark.sql.execution.arrow.maxRecordsPerBatch; 0: no
  // limit.
  int64_t max_rows = 0;
  std::string time_zone = "UTC";
  bool large_var_types = false;
};

// Not thread safe. The batches it gives are independent of it.
class BatchWriter {
 public:
  // `types`: DuckDB's types of the columns; for a schema without columns they do not matter. Throws a decline
  // for a schema that Arrow cannot carry here. CHECKs that the types stand for those of `schema`
  // (functions/catalog.h, "Storage").
  BatchWriter(const spark::DataType& schema, const std::vector<duckdb_logical_type>& types,
              BatchWriterOptions options, std::shared_ptr<BufferPool> pool);

  // Takes the rows of a chunk; adds the batches that are full to `finished`.
  void Append(duckdb_data_chunk chunk, std::vector<IpcBatch>* finished);

  // The rows that are left; an empty batch when there never was a row, since clients need one for the schema;
  // nothing when all rows are in batches already.
  std::optional<IpcBatch> Finish();

 private:
  size_t bytes() const;
  idx_t RowsThatFit(const std::vector<VectorView>& columns, idx_t from, idx_t count) const;
  IpcBatch FinishBatch();

  const BatchWriterOptions options_;
  const std::vector<uint8_t> schema_message_;
  std::vector<std::unique_ptr<ColumnBuilder>> columns_;
  int64_t rows_ = 0;
  bool any_batch_ = false;
};

}  // namespace hearth::engine
