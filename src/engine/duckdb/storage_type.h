// The DuckDB type that a Spark type is stored as (functions/catalog.h, "Storage").
#pragma once

#include "engine/duckdb/handles.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// Throws a decline for types without one (variant). Null is stored as INTEGER.
LogicalTypeHandle StorageType(const spark::DataType& type);

}  // namespace hearth::engine
