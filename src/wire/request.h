#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class MessageLite;
}
namespace hearth::wire {

inline constexpr size_t kConnectionValueMax = 64;

/// What every request of the service begins with: who asks, in which session.
struct RequestHeader {
  std::string session_id;
  std::string user_id;
  std::string user_name;
  std::string client_type;
  /// What the client's connection string says of it (metadata hearth.profile and hearth.workload, cut at
  /// kConnectionValueMax bytes): what it is, and the name of the job that asks. "": nothing.
  std::string profile;
  std::string workload;
  /// The server side session id that the client saw first; a mismatch is INVALID_HANDLE.SESSION_CHANGED.
  std::optional<std::string> observed_server_side_session_id;
};

/// An ExecutePlanRequest read to its top level only. The plan stays encoded: the gateway passes it on as it
/// came, and the engine decodes it on a thread whose stack suits it.
struct ExecuteRequest {
  RequestHeader header;
  /// nullopt if the client left it to the server.
  std::optional<std::string> operation_id;
  std::vector<std::string> tags;
  bool reattachable = false;
  /// The client accepts an Arrow batch in pieces, of this size if it named one.
  bool arrow_chunking = false;
  std::optional<int64_t> preferred_chunk_bytes;
  /// The encoded spark.connect.Plan as it came. UnwrapPlan before anybody else sees it: from then on it has
  /// root or command, never compressed_operation.
  grpc::Slice plan;
};

/// Begins the tag by which the gateway tells an engine which operation an attempt is of: what follows is
/// equal for all attempts of one, and for no other.
inline constexpr std::string_view kOperationTag = "hearth-operation:";

/// What a slice holds, as long as it is there.
inline std::string_view BytesOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

/// The encoded request as one piece; without a copy if it came as one.
grpc::Slice OnePiece(const grpc::ByteBuffer& message);

/// Reads a request's header. `client_type_field` and `observed_field` differ between the requests.
/// Throws spark::Error if the bytes are not a protobuf message.
RequestHeader ReadHeader(const grpc::Slice& request, int client_type_field, int observed_field);

/// Throws spark::Error CONNECT_INVALID_PLAN.CANNOT_PARSE for bytes that are no request.
ExecuteRequest ReadExecuteRequest(const grpc::Slice& request);

/// What a ReattachExecuteRequest names.
struct ReattachTarget {
  std::string operation_id;
  std::optional<std::string> last_response_id;
};
ReattachTarget ReadReattachTarget(const grpc::Slice& request);

/// An encoded spark.connect.Plan without compression: the client compresses plans inside AnalyzePlan requests
/// too. Throws spark::Error: CONNECT_INVALID_PLAN.CANNOT_PARSE for what cannot be decompressed,
/// CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX, and Spark's errors for unknown codecs.
grpc::Slice UnwrapPlan(const grpc::Slice& plan, size_t plan_bytes_max);

/// Decodes with Spark's nesting limit (protobuf alone stops at 100 levels). Beyond it, or if the bytes are
/// not such a message, throws CONNECT_INVALID_PLAN.CANNOT_PARSE. Needs a stack for 1,024 nested messages:
/// call it on a Workers thread. Destroying the message needs that stack too.
void DecodeMessage(const grpc::Slice& bytes, google::protobuf::MessageLite* message, int nesting_max = 1024);

}  // namespace hearth::wire
