#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::wire {

/// One response of an operation: an encoded message whose large parts (Arrow data) are shared slices, never
/// copied on their way from the column buffers to the socket. Move it.
struct Response {
  grpc::ByteBuffer body;
  /// Rows it carries, for accounting (a chunked batch counts its rows in its first chunk only).
  int64_t rows = 0;
  /// It tells the schema of the result.
  bool is_schema = false;

  size_t bytes() const { return body.Length(); }
};

/// The ids of a response of ExecutePlan or ReattachExecute.
struct ResponseIds {
  std::string_view session_id;
  std::string_view server_side_session_id;
  std::string_view operation_id;
  std::string_view response_id;
};

/// Ends `body`, an encoded ExecutePlanResponse, with these ids. Protobuf readers take the last value of a
/// field, so ids of a backend that stand earlier in the message lose, and nothing is decoded or copied.
void AppendIds(const ResponseIds& ids, grpc::ByteBuffer* body);

/// Ends any encoded response of another RPC with its session id and server side session id in the given
/// fields.
void AppendSessionIds(std::string_view session_id, int session_id_field,
                      std::string_view server_side_session_id, int server_side_session_id_field,
                      grpc::ByteBuffer* body);

/// Position of an ArrowBatch among the chunks of one batch that was too large for one message.
struct ChunkPosition {
  int64_t index;
  int64_t count;
};

/// A response with an ArrowBatch whose data is the concatenation of `ipc` (one complete Arrow IPC stream, or
/// a chunk of one). The slices are shared, not copied.
Response ArrowBatchResponse(int64_t row_count, std::optional<int64_t> start_offset,
                            std::vector<grpc::Slice> ipc, std::optional<ChunkPosition> chunk = std::nullopt);

/// A slice over memory that somebody else owns; `release(owner)` runs when the last reference is gone, on any
/// thread.
grpc::Slice SharedSlice(const void* data, size_t size, void* owner, void (*release)(void*));

/// A response from an already encoded ExecutePlanResponse (schema, metrics, sql_command_result, ...), which
/// is moved into the response.
Response EncodedResponse(std::string encoded);

/// The last response of a good reattachable run.
Response ResultCompleteResponse();

/// Arrow rows in an encoded ExecutePlanResponse (0 if it is something else), found without decoding Arrow
/// data. A chunk after the first counts 0. For a relay, which knows responses only by their bytes.
int64_t CountRows(const grpc::ByteBuffer& body);

/// What an encoded ExecutePlanResponse says, by the first of its fields that is no id.
enum class ResponseKind { kSchema, kProgress, kOther };
ResponseKind KindOf(const grpc::ByteBuffer& body);

/// True if the response is the final result_complete.
bool IsResultComplete(const grpc::ByteBuffer& body);

}  // namespace hearth::wire
