#include "wire/request.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>
#include <zstd.h>

#include <limits>
#include <memory>

#include "base/utf8.h"
#include "spark/error.h"
#include "wire/fields.h"
#include "wire/protocol_error.h"

namespace hearth::wire {

namespace {

/// The part of `whole` that `part`, a view into it, names; shared, not copied.
grpc::Slice Part(const grpc::Slice& whole, std::string_view part) {
  const size_t begin = static_cast<size_t>(part.data() - BytesOf(whole).data());
  return whole.sub(begin, begin + part.size());
}

grpc::Slice Owning(std::string text) {
  auto* owned = new std::string(std::move(text));
  return grpc::Slice(
      owned->data(), owned->size(), [](void* s) { delete static_cast<std::string*>(s); }, owned);
}

void CheckWhole(const FieldScanner& scanner) {
  if (!scanner.ok()) throw CannotParsePlan("the request is not a protobuf message");
}

/// The text of a string field, which is UTF-8 in every protobuf message.
std::string Text(const Field& field) {
  if (!base::IsUtf8(field.bytes)) throw CannotParsePlan("a text of the request is not UTF-8");
  return std::string(field.bytes);
}

/// Fields 1 and 2 of UserContext.
void ReadUser(std::string_view user_context, RequestHeader* header) {
  FieldScanner scanner(user_context);
  Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) header->user_id = Text(field);
    if (field.number == 2) header->user_name = Text(field);
  }
  CheckWhole(scanner);
}

void ReadHeaderField(const Field& field, int client_type_field, int observed_field, RequestHeader* header) {
  if (field.type != Field::Type::kBytes) return;
  if (field.number == 1) header->session_id = Text(field);
  if (field.number == 2) ReadUser(field.bytes, header);
  if (field.number == client_type_field) header->client_type = Text(field);
  if (field.number == observed_field) header->observed_server_side_session_id = Text(field);
}

/// ExecutePlanRequest.RequestOption: reattach_options 1 {reattachable 1}, result_chunking_options 2
/// {allow_arrow_batch_chunking 1, preferred_arrow_chunk_size 2}.
void ReadOption(std::string_view option, ExecuteRequest* request) {
  FieldScanner scanner(option);
  Field field;
  while (scanner.Next(&field)) {
    if (field.type != Field::Type::kBytes || field.number > 2) continue;
    FieldScanner inner(field.bytes);
    Field value;
    while (inner.Next(&value)) {
      if (value.type != Field::Type::kVarint) continue;
      if (field.number == 1 && value.number == 1) request->reattachable = value.scalar != 0;
      if (field.number == 2 && value.number == 1) request->arrow_chunking = value.scalar != 0;
      if (field.number == 2 && value.number == 2) {
        request->preferred_chunk_bytes = static_cast<int64_t>(value.scalar);
      }
    }
    CheckWhole(inner);
  }
  CheckWhole(scanner);
}

spark::Error PlanTooLarge(uint64_t bytes, size_t bytes_max) {
  return spark::Error(spark::ExceptionKind::kInvalidPlanInput,
                      "CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX",
                      {{"planSize", std::to_string(bytes)}, {"maxPlanSize", std::to_string(bytes_max)}});
}

std::string Decompress(std::string_view compressed, size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  ZSTD_initDStream(stream.get());
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  std::string out;
  size_t hint = 1;
  while (in.pos < in.size || hint != 0) {
    const size_t before = out.size();
    if (before > bytes_max) throw PlanTooLarge(before, bytes_max);
    // Grown as it comes: the size that a frame claims is not to be believed.
    out.resize(before + std::max<size_t>(ZSTD_DStreamOutSize(), before / 2));
    ZSTD_outBuffer piece{out.data() + before, out.size() - before, 0};
    hint = ZSTD_decompressStream(stream.get(), &piece, &in);
    out.resize(before + piece.pos);
    if (ZSTD_isError(hint)) throw CannotParsePlan(ZSTD_getErrorName(hint));
    if (piece.pos == 0 && in.pos == in.size && hint != 0)
      throw CannotParsePlan("the compressed plan is cut short");
  }
  if (out.size() > bytes_max) throw PlanTooLarge(out.size(), bytes_max);
  return out;
}

spark::Error InvalidCodec() {
  return spark::Error(spark::ExceptionKind::kInvalidPlanInput, "CONNECT_INVALID_PLAN.INVALID_ENUM",
                      {{"fullName", "spark.connect.CompressionCodec"},
                       {"name", "COMPRESSION_CODEC_UNSPECIFIED"},
                       {"number", "0"}});
}

/// What Spark says of a compressed plan that is neither a relation nor a command, whatever its type is.
constexpr std::string_view kOperationTypeNotSet =
    "[CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET] The Spark Connect plan is invalid. This oneOf field "
    "in "
    "spark.connect.Plan.CompressedOperation is not set: OP_TYPE_UNSPECIFIED SQLSTATE: 56K00";

/// Plan.CompressedOperation {data 1, op_type 2, compression_codec 3} as a Plan with root (1) or command (2).
grpc::Slice UnwrapCompressed(std::string_view compressed_operation, size_t bytes_max) {
  std::string_view data;
  uint64_t op_type = 0;
  uint64_t codec = 0;
  FieldScanner scanner(compressed_operation);
  Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) data = field.bytes;
    if (field.number == 2) op_type = field.scalar;
    if (field.number == 3) codec = field.scalar;
  }
  CheckWhole(scanner);
  constexpr uint64_t kRelation = 1;
  constexpr uint64_t kCommand = 2;
  constexpr uint64_t kZstd = 1;
  if (codec == 0) throw InvalidCodec();
  if (codec != kZstd) {
    throw JavaError(spark::ExceptionKind::kJavaIllegalArgument,
                    "Can't get the number of an unknown enum value.");
  }
  if (op_type != kRelation && op_type != kCommand) throw CannotParsePlan(kOperationTypeNotSet);
  const std::string operation = Decompress(data, bytes_max);
  std::string plan;
  plan.reserve(operation.size() + 16);
  AppendBytesField(static_cast<int>(op_type), operation, &plan);
  return Owning(std::move(plan));
}

}  // namespace

grpc::Slice OnePiece(const grpc::ByteBuffer& message) {
  grpc::Slice whole;
  if (message.TrySingleSlice(&whole).ok() || message.DumpToSingleSlice(&whole).ok()) return whole;
  return grpc::Slice();
}

RequestHeader ReadHeader(const grpc::Slice& request, int client_type_field, int observed_field) {
  RequestHeader header;
  FieldScanner scanner(BytesOf(request));
  Field field;
  while (scanner.Next(&field)) ReadHeaderField(field, client_type_field, observed_field, &header);
  CheckWhole(scanner);
  return header;
}

ExecuteRequest ReadExecuteRequest(const grpc::Slice& encoded) {
  ExecuteRequest request;
  std::optional<std::string_view> plan;
  FieldScanner scanner(BytesOf(encoded));
  Field field;
  while (scanner.Next(&field)) {
    ReadHeaderField(field, /*client_type_field=*/4, /*observed_field=*/8, &request.header);
    if (field.type != Field::Type::kBytes) continue;
    if (field.number == 3) plan = field.bytes;
    if (field.number == 5) ReadOption(field.bytes, &request);
    if (field.number == 6) request.operation_id = Text(field);
    if (field.number == 7) request.tags.push_back(Text(field));
  }
  CheckWhole(scanner);
  if (plan) request.plan = Part(encoded, *plan);
  return request;
}

ReattachTarget ReadReattachTarget(const grpc::Slice& request) {
  ReattachTarget target;
  FieldScanner scanner(BytesOf(request));
  Field field;
  while (scanner.Next(&field)) {
    if (field.type != Field::Type::kBytes) continue;
    if (field.number == 3) target.operation_id = Text(field);
    if (field.number == 5) target.last_response_id = Text(field);
  }
  CheckWhole(scanner);
  return target;
}

grpc::Slice UnwrapPlan(const grpc::Slice& plan, size_t plan_bytes_max) {
  if (plan.size() > plan_bytes_max) throw PlanTooLarge(plan.size(), plan_bytes_max);
  std::optional<std::string_view> compressed;
  FieldScanner scanner(BytesOf(plan));
  Field field;
  while (scanner.Next(&field)) {
    if (field.type != Field::Type::kBytes) continue;
    // One of root, command and compressed_operation: the last one counts.
    if (field.number == 3) compressed = field.bytes;
    if (field.number == 1 || field.number == 2) compressed.reset();
  }
  CheckWhole(scanner);
  return compressed ? UnwrapCompressed(*compressed, plan_bytes_max) : plan;
}

void DecodeMessage(const grpc::Slice& bytes, google::protobuf::MessageLite* message, int nesting_max) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    throw CannotParsePlan("the message is larger than 2 GiB");
  }
  google::protobuf::io::CodedInputStream stream(bytes.begin(), static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(nesting_max);
  if (!message->ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    throw CannotParsePlan("the bytes are not a valid message, or nested deeper than " +
                          std::to_string(nesting_max));
  }
}

}  // namespace hearth::wire
