// One column of a record batch in the making: DuckDB's vectors appended to Arrow's buffers.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/arrow/buffer_pool.h"
#include "engine/duckdb/vector_view.h"
#include "spark/types/data_type.h"
#include "wire/rows/record_batch_message.h"

namespace hearth::engine {

// What a batch's columns become: nodes and buffers in the order of the schema, depth first.
struct BatchBody {
  struct Part {
    BlockPtr block;  // null: an empty buffer
    size_t size = 0;
  };
  std::vector<wire::FieldNode> nodes;
  std::vector<Part> parts;
};

// Which rows of a column are not NULL. Nothing is written until the first NULL comes.
class ValidityBuilder {
 public:
  explicit ValidityBuilder(std::shared_ptr<BufferPool> pool) : bits_(std::move(pool)) {}

  // Rows [from, from + count) of a DuckDB validity mask (null: all valid). True if all of them are valid.
  bool Append(const uint64_t* validity, idx_t from, idx_t count);
  size_t bytes() const { return null_count_ == 0 ? 0 : bits_.size(); }
  // Adds the node and the buffer, and starts anew.
  void Finish(BatchBody* body);

 private:
  int64_t length_ = 0;
  int64_t null_count_ = 0;
  GrowingBuffer bits_;
};

// Not thread safe. Finish leaves it empty, ready for the next batch.
class ColumnBuilder {
 public:
  virtual ~ColumnBuilder() = default;

  // Appends rows [from, from + count). `values` must be of the types the builder was made for.
  virtual void Append(const VectorView& values, idx_t from, idx_t count) = 0;
  // About how many bytes these rows take beyond a fixed width: what text, binaries and lists hold.
  virtual size_t Measure(const VectorView& values, idx_t from, idx_t count) const = 0;
  virtual size_t bytes() const = 0;
  virtual void Finish(BatchBody* body) = 0;
};

struct ColumnBuilderOptions {
  std::shared_ptr<BufferPool> pool;
  bool large_var_types = false;
};

// CHECKs that DuckDB's type is the one that stands for the Spark type (functions/catalog.h, "Storage").
// Throws a decline for types without an Arrow form here.
std::unique_ptr<ColumnBuilder> MakeColumnBuilder(const spark::DataType& type, duckdb_logical_type duckdb_type,
                                                 const ColumnBuilderOptions& options);

}  // namespace hearth::engine
