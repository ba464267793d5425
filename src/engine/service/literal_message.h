// Values that DuckDB gave as literals of Spark Connect.
#pragma once

#include "engine/duckdb/vector_view.h"
#include "spark/types/data_type.h"

namespace spark::connect {
class Expression_Literal;
}

namespace hearth::engine {

// As Spark's server writes the value at `row`. Declines types that have no literal.
void EncodeLiteral(const spark::DataType& type, const VectorView& values, idx_t row,
                   ::spark::connect::Expression_Literal* literal);

}  // namespace hearth::engine
