// The messages that an engine's operation sends, encoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/arrow/batch_writer.h"
#include "spark/types/data_type.h"
#include "wire/response.h"

namespace hearth::engine {

// The start of an ExecutePlanResponse that carries the schema; more fields may follow it in the same message.
std::string EncodeSchema(const spark::DataType& schema);

// The start of an ExecutePlanResponse that carries one metric: how many rows the result has.
std::string EncodeRowMetric(int64_t rows);

// Rows from `start_offset`, in one message behind the `leading` fields (none if empty).
wire::Response BatchResponse(const IpcBatch& batch, int64_t start_offset, const std::string& leading);

// As many messages as the batch needs with at most `chunk_bytes` of data each.
std::vector<wire::Response> ChunkedResponses(const IpcBatch& batch, int64_t start_offset, size_t chunk_bytes);

// How far an operation is. Each of its statements is a stage; DuckDB knows no tasks, so a stage has a
// thousand of them, and as many are complete as thousandths of its work are done.
struct ProgressReport {
  int stages_done = 0;
  std::optional<double> fraction;  // of the stage that runs, 0 to 1; nothing: none does
};
wire::Response ProgressResponse(const ProgressReport& report);

}  // namespace hearth::engine
