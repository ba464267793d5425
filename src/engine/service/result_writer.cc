#include "engine/service/result_writer.h"

#include <algorithm>
#include <utility>

#include "engine/service/responses.h"

namespace hearth::engine {
namespace {

// A message must fit the 128 MiB that clients accept. Batches come near only with a row of that size.
constexpr int64_t kChunkBytesMax = int64_t{120} << 20;
constexpr int64_t kChunkBytesMin = 1024;

size_t ChunkBytes(const wire::ExecuteRequest& request) {
  const int64_t preferred = request.preferred_chunk_bytes.value_or(0);
  // Spark looks away from a size that it does not allow.
  if (preferred < kChunkBytesMin || preferred > kChunkBytesMax) return static_cast<size_t>(kChunkBytesMax);
  return static_cast<size_t>(preferred);
}

}  // namespace

ResultWriter::ResultWriter(wire::Operation& operation, const spark::DataType& schema)
    : operation_(operation), schema_(EncodeSchema(schema)) {}

bool ResultWriter::Write(const IpcBatch& batch) { return SendSchema() && Send(batch, {}); }

void ResultWriter::Finish(const IpcBatch* last) {
  const bool only_one = !schema_.empty();
  if (last != nullptr && !(SendSchema() && Send(*last, only_one ? EncodeRowMetric(last->row_count) : "")))
    return;
  if (!only_one) operation_.results().Push(wire::EncodedResponse(EncodeRowMetric(rows_)));
}

bool ResultWriter::SendSchema() {
  if (schema_.empty()) return true;
  return operation_.results().Push(wire::EncodedResponse(std::exchange(schema_, {})));
}

bool ResultWriter::Send(const IpcBatch& batch, const std::string& leading) {
  const int64_t start = std::exchange(rows_, rows_ + batch.row_count);
  if (!operation_.request().arrow_chunking) {
    return operation_.results().Push(BatchResponse(batch, start, leading));
  }
  if (!leading.empty() && !operation_.results().Push(wire::EncodedResponse(leading))) return false;
  for (wire::Response& response : ChunkedResponses(batch, start, ChunkBytes(operation_.request()))) {
    if (!operation_.results().Push(std::move(response))) return false;
  }
  return true;
}

}  // namespace hearth::engine
