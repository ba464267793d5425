#include "engine/service/range_rows.h"

#include <algorithm>

#include "engine/duckdb/handles.h"

namespace hearth::engine {

const spark::RangeScan* AsRange(const spark::TypedPlan& plan) { return plan.As<spark::RangeScan>(); }

uint64_t RangeRowCount(int64_t start, int64_t end, int64_t step) {
  // Distances as unsigned numbers, which hold every one of them.
  const auto distance = step > 0 ? static_cast<uint64_t>(end) - static_cast<uint64_t>(start)
                                 : static_cast<uint64_t>(start) - static_cast<uint64_t>(end);
  const auto stride = step > 0 ? static_cast<uint64_t>(step) : uint64_t{0} - static_cast<uint64_t>(step);
  if (step > 0 ? end <= start : end >= start) return 0;
  return (distance - 1) / stride + 1;
}

void RunRange(const spark::RangeScan& range, const Cancellation& cancellation, RowSink& sink) {
  const LogicalTypeHandle type(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  duckdb_logical_type raw_type = type.get();
  sink.Begin({raw_type});
  const ChunkHandle chunk(duckdb_create_data_chunk(&raw_type, 1));
  auto* values = static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
  const uint64_t capacity = duckdb_vector_size();
  uint64_t left = RangeRowCount(range.start, range.end, range.step);
  auto next = static_cast<uint64_t>(range.start);
  while (left > 0) {
    cancellation.Check();
    const uint64_t count = std::min(left, capacity);
    for (uint64_t i = 0; i < count; ++i)
      values[i] = static_cast<int64_t>(next + i * static_cast<uint64_t>(range.step));
    next += count * static_cast<uint64_t>(range.step);
    left -= count;
    duckdb_data_chunk_set_size(chunk.get(), count);
    if (!sink.Take(chunk.get())) return;
  }
}

}  // namespace hearth::engine
