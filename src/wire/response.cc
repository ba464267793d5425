#include "wire/response.h"

#include <algorithm>

#include "wire/fields.h"
#include "wire/request.h"

namespace hearth::wire {

namespace {

// Field numbers of spark.connect.ExecutePlanResponse and its ArrowBatch, equal in all versions that have
// them.
constexpr int kSessionId = 1;
constexpr int kArrowBatch = 2;
constexpr int kSchema = 7;
constexpr int kOperationId = 12;
constexpr int kResponseId = 13;
constexpr int kResultComplete = 14;
constexpr int kServerSideSessionId = 15;
constexpr int kExecutionProgress = 18;
constexpr int kBatchRowCount = 1;
constexpr int kBatchData = 2;
constexpr int kBatchStartOffset = 3;
constexpr int kBatchChunkIndex = 4;
constexpr int kBatchChunkCount = 5;

void AppendSlice(std::string tail, grpc::ByteBuffer* body) {
  std::vector<grpc::Slice> slices;
  body->Dump(&slices);
  slices.emplace_back(tail);
  *body = grpc::ByteBuffer(slices.data(), slices.size());
}

/// Reads varints and skips over content across the slices of a message, so that nothing is put together.
class SliceCursor {
 public:
  explicit SliceCursor(const grpc::ByteBuffer& body) { body.Dump(&slices_); }

  bool AtEnd() {
    while (slice_ < slices_.size() && offset_ == slices_[slice_].size()) ++slice_, offset_ = 0;
    return slice_ == slices_.size();
  }

  /// 0 and no longer ok() beyond the end.
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !AtEnd(); shift += 7) {
      const uint8_t byte = slices_[slice_].begin()[offset_++];
      ++position_;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }

  void Skip(uint64_t bytes) {
    while (bytes > 0 && !AtEnd()) {
      const uint64_t step = std::min<uint64_t>(bytes, slices_[slice_].size() - offset_);
      offset_ += step;
      position_ += step;
      bytes -= step;
    }
    if (bytes > 0) ok_ = false;
  }

  bool ok() const { return ok_; }
  /// Bytes read or skipped so far.
  uint64_t position() const { return position_; }

 private:
  std::vector<grpc::Slice> slices_;
  size_t slice_ = 0;
  size_t offset_ = 0;
  uint64_t position_ = 0;
  bool ok_ = true;
};

/// Rows of the ArrowBatch whose first field the cursor stands before.
int64_t RowsOfBatch(uint64_t batch_bytes, SliceCursor* cursor) {
  const uint64_t end = cursor->position() + batch_bytes;
  int64_t rows = 0;
  bool first_chunk = true;
  while (cursor->ok() && cursor->position() < end) {
    const uint64_t tag = cursor->Varint();
    const uint64_t value = cursor->Varint();
    if ((tag & 7) == 2) {
      cursor->Skip(value);
    } else if ((tag & 7) != 0) {
      break;
    } else if ((tag >> 3) == kBatchRowCount) {
      rows = static_cast<int64_t>(value);
    } else if ((tag >> 3) == kBatchChunkIndex) {
      first_chunk = value == 0;
    }
  }
  return first_chunk ? rows : 0;
}

}  // namespace

void AppendIds(const ResponseIds& ids, grpc::ByteBuffer* body) {
  std::string tail;
  tail.reserve(4 * 40);
  AppendBytesField(kSessionId, ids.session_id, &tail);
  AppendBytesField(kOperationId, ids.operation_id, &tail);
  AppendBytesField(kResponseId, ids.response_id, &tail);
  AppendBytesField(kServerSideSessionId, ids.server_side_session_id, &tail);
  AppendSlice(std::move(tail), body);
}

void AppendSessionIds(std::string_view session_id, int session_id_field,
                      std::string_view server_side_session_id, int server_side_session_id_field,
                      grpc::ByteBuffer* body) {
  std::string tail;
  AppendBytesField(session_id_field, session_id, &tail);
  AppendBytesField(server_side_session_id_field, server_side_session_id, &tail);
  AppendSlice(std::move(tail), body);
}

Response ArrowBatchResponse(int64_t row_count, std::optional<int64_t> start_offset,
                            std::vector<grpc::Slice> ipc, std::optional<ChunkPosition> chunk) {
  size_t data_bytes = 0;
  for (const grpc::Slice& slice : ipc) data_bytes += slice.size();

  // Everything small stands before the data, so that a relay finds the row count without walking over it.
  std::string batch;
  AppendVarintField(kBatchRowCount, static_cast<uint64_t>(row_count), &batch);
  if (start_offset) AppendVarintField(kBatchStartOffset, static_cast<uint64_t>(*start_offset), &batch);
  if (chunk) {
    AppendVarintField(kBatchChunkIndex, static_cast<uint64_t>(chunk->index), &batch);
    AppendVarintField(kBatchChunkCount, static_cast<uint64_t>(chunk->count), &batch);
  }
  AppendBytesHeader(kBatchData, data_bytes, &batch);

  std::string head;
  AppendBytesHeader(kArrowBatch, batch.size() + data_bytes, &head);
  head += batch;

  std::vector<grpc::Slice> slices;
  slices.reserve(ipc.size() + 1);
  slices.emplace_back(head);
  for (grpc::Slice& slice : ipc) slices.push_back(std::move(slice));
  const bool counts = !chunk || chunk->index == 0;
  return Response{grpc::ByteBuffer(slices.data(), slices.size()), counts ? row_count : 0};
}

grpc::Slice SharedSlice(const void* data, size_t size, void* owner, void (*release)(void*)) {
  return grpc::Slice(const_cast<void*>(data), size, release, owner);
}

Response EncodedResponse(std::string encoded) {
  auto* owned = new std::string(std::move(encoded));
  grpc::Slice slice(
      owned->data(), owned->size(), [](void* s) { delete static_cast<std::string*>(s); }, owned);
  return Response{grpc::ByteBuffer(&slice, 1), 0};
}

Response ResultCompleteResponse() {
  std::string encoded;
  AppendBytesField(kResultComplete, "", &encoded);
  return EncodedResponse(std::move(encoded));
}

int64_t CountRows(const grpc::ByteBuffer& body) {
  SliceCursor cursor(body);
  while (cursor.ok() && !cursor.AtEnd()) {
    const uint64_t tag = cursor.Varint();
    if ((tag & 7) != 2) return 0;  // Every field of a response is a string or a message.
    const uint64_t length = cursor.Varint();
    if ((tag >> 3) == kArrowBatch) return RowsOfBatch(length, &cursor);
    cursor.Skip(length);
  }
  return 0;
}

ResponseKind KindOf(const grpc::ByteBuffer& body) {
  SliceCursor cursor(body);
  while (cursor.ok() && !cursor.AtEnd()) {
    const uint64_t tag = cursor.Varint();
    const uint64_t length = cursor.Varint();
    switch (tag >> 3) {
      case kSchema: return ResponseKind::kSchema;
      case kExecutionProgress: return ResponseKind::kProgress;
      case kSessionId:
      case kOperationId:
      case kResponseId:
      case kServerSideSessionId: break;
      default: return ResponseKind::kOther;
    }
    cursor.Skip(length);
  }
  return ResponseKind::kOther;
}

bool IsResultComplete(const grpc::ByteBuffer& body) {
  // It carries nothing but ids, so a long response is none.
  if (body.Length() > 512) return false;
  grpc::Slice whole;
  if (!body.DumpToSingleSlice(&whole).ok()) return false;
  FieldScanner scanner(BytesOf(whole));
  Field field;
  while (scanner.Next(&field)) {
    if (field.number == kResultComplete) return true;
  }
  return false;
}

}  // namespace hearth::wire
