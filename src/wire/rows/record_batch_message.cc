#include "wire/rows/record_batch_message.h"

#include <bit>
#include <cstring>

namespace hearth::wire {
namespace {

static_assert(std::endian::native == std::endian::little,
              "Arrow's buffers and flatbuffers are little-endian");

// Arrow's Message.fbs and Schema.fbs.
constexpr int16_t kMetadataVersion5 = 4;
constexpr uint8_t kHeaderRecordBatch = 3;

// Where the parts stand, from the start of the flatbuffer. A table starts with the distance back to its
// vtable; a vtable holds its own size, the table's size, then the position of each field in the table. 8-byte
// fields stand at multiples of 8.
constexpr uint32_t kMessageVtable = 4;
constexpr uint32_t kMessage = 16;
constexpr uint32_t kBatchVtable = 36;
constexpr uint32_t kBatch = 48;
constexpr uint32_t kNodeCount = 68;
constexpr uint32_t kNodes = 72;

#pragma pack(push, 1)
struct MessageTable {
  int32_t to_vtable = kMessage - kMessageVtable;
  uint32_t header = kBatch - (kMessage + 4);  // relative to this field
  int64_t body_length = 0;
  int16_t version = kMetadataVersion5;
  uint8_t header_type = kHeaderRecordBatch;
  uint8_t padding = 0;
};
struct BatchTable {
  int32_t to_vtable = kBatch - kBatchVtable;
  uint32_t nodes = kNodeCount - (kBatch + 4);
  int64_t length = 0;
  uint32_t buffers = 0;
};
#pragma pack(pop)
static_assert(kMessage + sizeof(MessageTable) == kBatchVtable);
static_assert(kBatch + sizeof(BatchTable) == kNodeCount);

// By the fields' numbers: Message{version, header_type, header, bodyLength}, RecordBatch{length, nodes,
// buffers}.
constexpr uint16_t kMessageVtableContent[] = {12, sizeof(MessageTable), 16, 18, 4, 8};
constexpr uint16_t kBatchVtableContent[] = {10, sizeof(BatchTable), 8, 4, 16};

}  // namespace

void AppendRecordBatchMessage(int64_t row_count, const std::vector<FieldNode>& nodes,
                              const std::vector<BufferRange>& buffers, int64_t body_length,
                              std::vector<uint8_t>* out) {
  static_assert(sizeof(FieldNode) == 16 && sizeof(BufferRange) == 16);
  const auto node_count = static_cast<uint32_t>(nodes.size());
  const auto buffer_count = static_cast<uint32_t>(buffers.size());
  const uint32_t buffers_start = kNodes + 16 * node_count + 8;
  const uint32_t size = buffers_start + 16 * buffer_count;

  const size_t start = out->size();
  out->resize(start + 8 + size);
  uint8_t* const prefix = out->data() + start;
  const uint32_t continuation = 0xffffffff;
  std::memcpy(prefix, &continuation, 4);
  std::memcpy(prefix + 4, &size, 4);

  uint8_t* const base = prefix + 8;
  const auto put = [base](uint32_t at, const auto& value) { std::memcpy(base + at, &value, sizeof(value)); };
  put(0, kMessage);
  put(kMessageVtable, kMessageVtableContent);
  MessageTable message;
  message.body_length = body_length;
  put(kMessage, message);
  put(kBatchVtable, kBatchVtableContent);
  BatchTable batch;
  batch.length = row_count;
  batch.buffers = (buffers_start - 4) - (kBatch + 16);
  put(kBatch, batch);
  put(kNodeCount, node_count);
  if (node_count > 0) std::memcpy(base + kNodes, nodes.data(), 16 * size_t{node_count});
  put(buffers_start - 4, buffer_count);
  if (buffer_count > 0) std::memcpy(base + buffers_start, buffers.data(), 16 * size_t{buffer_count});
}

}  // namespace hearth::wire
