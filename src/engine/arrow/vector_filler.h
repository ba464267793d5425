// Arrow's values into DuckDB's vectors.
#pragma once

#include <duckdb.h>
#include <nanoarrow/nanoarrow.hpp>

#include "spark/types/data_type.h"

namespace hearth::engine {

// Writes rows [from, from + count) of `source` to rows [at, at + count) of `target`, a flat vector of the
// type's storage. REQUIRES: an array that ArrowTable has checked.
void FillVector(const ArrowArrayView& source, const spark::DataType& type, int64_t from, int64_t count,
                duckdb_vector target, idx_t at);

}  // namespace hearth::engine
