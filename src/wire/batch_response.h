#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/request.h"
#include "wire/response.h"
#include "wire/rows/row_hash.h"

namespace hearth::wire {

/// A response with Arrow rows, taken apart.
class BatchResponse {
 public:
  /// Nothing for a response without rows' batch.
  static std::optional<BatchResponse> Read(const grpc::ByteBuffer& body);

  int64_t row_count() const { return row_count_; }
  /// It has only a part of the batch.
  bool is_chunk() const { return is_chunk_; }
  /// The Arrow IPC stream.
  std::string_view stream() const { return BytesOf(whole_).substr(stream_begin_, stream_bytes_); }

  /// The same response with these rows of the batch alone, in ascending order, the first of which is the
  /// result's row number `start`. Without a batch if there are none. Nothing if its rows cannot be told
  /// apart.
  std::optional<Response> WithRows(const std::vector<int64_t>& rows, int64_t start) const;

 private:
  /// What the other parts point into.
  grpc::Slice whole_;
  size_t stream_begin_ = 0;
  size_t stream_bytes_ = 0;
  int64_t row_count_ = 0;
  bool has_start_ = false;
  bool is_chunk_ = false;
  /// All but the batch and the ids.
  std::string rest_;
};

/// Of the rows in this response; nothing if they cannot be told apart.
std::optional<RowHashes> RowHashesOf(const grpc::ByteBuffer& body);

}  // namespace hearth::wire
