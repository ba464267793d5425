// From what DuckDB reports to what Spark would have said.
#pragma once

#include <functional>

#include "engine/duckdb/error.h"
#include "spark/error.h"
#include "spark/origin.h"

namespace hearth::engine {

// True when the error comes from one of our functions: then DecodeError is Spark's own error. Any other
// failure of a kFast statement may be DuckDB's word for an error that a kExact statement names properly.
bool IsRowError(const DuckDbError& error);

// True for errors that depend on the rows, not on memory, files or an interrupt: worth a second, exact run.
bool DependsOnRows(const DuckDbError& error);

// Errors of our functions are Spark's, with the query context of their site; others go by DuckDB's error type
// alone: an interrupt is OPERATION_CANCELED, lack of memory UNABLE_TO_ACQUIRE_MEMORY, files FAILED_READ_FILE,
// and the rest INTERNAL_ERROR with DuckDB's text. `origin_of_site` maps the index that a call was printed
// with.
spark::Error DecodeError(const DuckDbError& error,
                         const std::function<spark::OriginPtr(size_t)>& origin_of_site);

}  // namespace hearth::engine
