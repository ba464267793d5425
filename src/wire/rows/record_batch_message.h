// The metadata of an Arrow record batch message, written directly: nanoarrow's encoder would copy the whole
// body into one buffer. With the numbers of nodes and buffers fixed by the schema, the flatbuffer has one
// fixed layout.
#pragma once

#include <cstdint>
#include <vector>

namespace hearth::wire {

struct FieldNode {
  int64_t length = 0;
  int64_t null_count = 0;
};
struct BufferRange {
  int64_t offset = 0;  // in the body, a multiple of 8
  int64_t length = 0;  // without padding
};

// Appends the encapsulated message (continuation mark, size, flatbuffer) to `out`. The body of `body_length`
// bytes, a multiple of 8, follows it in the stream. REQUIRES: out->size() is a multiple of 8; it stays one.
void AppendRecordBatchMessage(int64_t row_count, const std::vector<FieldNode>& nodes,
                              const std::vector<BufferRange>& buffers, int64_t body_length,
                              std::vector<uint8_t>* out);

// What ends a stream.
inline constexpr uint8_t kEndOfStream[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};

}  // namespace hearth::wire
