#include "engine/arrow/batch_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "engine/arrow/arrow_schema.h"

namespace hearth::engine {
namespace {

// Below this, one copy into one piece of memory is cheaper than sending many small pieces.
constexpr size_t kSmallBatch = size_t{64} << 10;

// Rows of a chunk with huge values are appended in parts, so that a batch ends near its target.
constexpr size_t kLargePart = size_t{8} << 20;

size_t Padded(size_t size) { return (size + 7) / 8 * 8; }

IpcBatch OnePiece(int64_t row_count, std::vector<uint8_t> prefix, const BatchBody& body) {
  auto whole = std::make_shared<std::vector<uint8_t>>(std::move(prefix));
  for (const BatchBody::Part& part : body.parts) {
    const size_t at = whole->size();
    whole->resize(at + Padded(part.size));
    if (part.size > 0) std::memcpy(whole->data() + at, part.block->data, part.size);
  }
  whole->insert(whole->end(), std::begin(wire::kEndOfStream), std::end(wire::kEndOfStream));
  IpcBatch batch{.row_count = row_count, .slices = {}, .bytes = whole->size()};
  batch.slices.push_back({whole, whole->data(), whole->size()});
  return batch;
}

IpcBatch ManyPieces(int64_t row_count, std::vector<uint8_t> prefix, BatchBody body) {
  IpcBatch batch{.row_count = row_count, .slices = {}, .bytes = 0};
  const auto add = [&batch](std::shared_ptr<const void> owner, const uint8_t* data, size_t size) {
    batch.slices.push_back({std::move(owner), data, size});
    batch.bytes += size;
  };
  auto head = std::make_shared<std::vector<uint8_t>>(std::move(prefix));
  const uint8_t* const head_data = head->data();
  const size_t head_size = head->size();
  add(std::move(head), head_data, head_size);
  for (BatchBody::Part& part : body.parts) {
    if (part.size == 0) continue;
    const uint8_t* const data = part.block->data;
    add(std::move(part.block), data, Padded(part.size));
  }
  add(nullptr, wire::kEndOfStream, sizeof(wire::kEndOfStream));
  return batch;
}

}  // namespace

BatchWriter::BatchWriter(const spark::DataType& schema, const std::vector<duckdb_logical_type>& types,
                         BatchWriterOptions options, std::shared_ptr<BufferPool> pool)
    : options_(std::move(options)),
      schema_message_(
          EncodeSchemaMessage(*ToArrowSchema(schema, {.time_zone = options_.time_zone,
                                                      .large_var_types = options_.large_var_types})
                                   .get())) {
  // A relation without columns still has rows; DuckDB needs a column to count them by.
  HEARTH_CHECK(types.size() == schema.fields().size() || schema.fields().empty())
      << types.size() << " columns for " << schema.sql();
  const ColumnBuilderOptions column_options{.pool = std::move(pool),
                                            .large_var_types = options_.large_var_types};
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    columns_.push_back(MakeColumnBuilder(schema.fields()[i].type, types[i], column_options));
  }
}

void BatchWriter::Append(duckdb_data_chunk chunk, std::vector<IpcBatch>* finished) {
  const idx_t size = duckdb_data_chunk_get_size(chunk);
  std::vector<VectorView> views;
  views.reserve(columns_.size());
  for (idx_t i = 0; i < columns_.size(); ++i) views.emplace_back(duckdb_data_chunk_get_vector(chunk, i));

  for (idx_t from = 0; from < size;) {
    const idx_t count = RowsThatFit(views, from, size - from);
    for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->Append(views[i], from, count);
    rows_ += static_cast<int64_t>(count);
    from += count;
    if (rows_ == options_.max_rows || bytes() >= options_.target_bytes) finished->push_back(FinishBatch());
  }
}

std::optional<IpcBatch> BatchWriter::Finish() {
  if (rows_ == 0 && any_batch_) return std::nullopt;
  return FinishBatch();
}

size_t BatchWriter::bytes() const {
  size_t total = 0;
  for (const auto& column : columns_) total += column->bytes();
  return total;
}

idx_t BatchWriter::RowsThatFit(const std::vector<VectorView>& columns, idx_t from, idx_t count) const {
  if (options_.max_rows > 0) count = std::min<idx_t>(count, static_cast<idx_t>(options_.max_rows - rows_));
  const auto measure = [&](idx_t rows) {
    size_t total = 0;
    for (size_t i = 0; i < columns_.size(); ++i) total += columns_[i]->Measure(columns[i], from, rows);
    return total;
  };
  while (count > 1 && measure(count) > kLargePart) count /= 2;
  return count;
}

IpcBatch BatchWriter::FinishBatch() {
  BatchBody body;
  for (const auto& column : columns_) column->Finish(&body);
  std::vector<wire::BufferRange> ranges;
  ranges.reserve(body.parts.size());
  size_t body_size = 0;
  for (const BatchBody::Part& part : body.parts) {
    ranges.push_back({static_cast<int64_t>(body_size), static_cast<int64_t>(part.size)});
    body_size += Padded(part.size);
  }
  std::vector<uint8_t> prefix = schema_message_;
  wire::AppendRecordBatchMessage(rows_, body.nodes, ranges, static_cast<int64_t>(body_size), &prefix);
  const int64_t rows = std::exchange(rows_, 0);
  any_batch_ = true;
  return body_size <= kSmallBatch ? OnePiece(rows, std::move(prefix), body)
                                  : ManyPieces(rows, std::move(prefix), std::move(body));
}

}  // namespace hearth::engine
