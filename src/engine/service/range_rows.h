// The rows of a range that nothing else is done with. They need no database, and making them here saves
// planning a statement, which costs more than a small range itself.
#pragma once

#include "engine/service/cancellation.h"
#include "engine/service/query_runner.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// Null if the plan is anything but a range.
const spark::RangeScan* AsRange(const spark::TypedPlan& plan);

// How many rows a range has. REQUIRES: step is not 0.
uint64_t RangeRowCount(int64_t start, int64_t end, int64_t step);

// Gives all rows to the sink, in chunks of DuckDB's size. Throws OPERATION_CANCELED.
void RunRange(const spark::RangeScan& range, const Cancellation& cancellation, RowSink& sink);

}  // namespace hearth::engine
