// Decimals as DuckDB stores them: in the smallest integer that holds their precision.
#pragma once

#include "engine/duckdb/vector_view.h"

namespace hearth::engine {

// The unscaled value at `row`, which is not NULL.
inline __int128 StoredDecimal(const VectorView& values, idx_t row, int precision) {
  if (precision <= 4) return values.data<int16_t>()[row];
  if (precision <= 9) return values.data<int32_t>()[row];
  if (precision <= 18) return values.data<int64_t>()[row];
  const duckdb_hugeint& huge = values.data<duckdb_hugeint>()[row];
  return (static_cast<__int128>(huge.upper) << 64) | huge.lower;
}

}  // namespace hearth::engine
