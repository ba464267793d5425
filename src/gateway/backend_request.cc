#include "gateway/backend_request.h"

#include <spark/connect/base.pb.h>

#include <vector>

#include "wire/fields.h"
#include "wire/response.h"

namespace hearth::gateway {

namespace {

namespace proto = ::spark::connect;

grpc::ByteBuffer Whole(std::string encoded) { return wire::EncodedResponse(std::move(encoded)).body; }

template <typename Request>
Request Begun(const BackendSessionName& session) {
  Request request;
  request.set_session_id(session.session_id);
  request.mutable_user_context()->set_user_id(session.user_id);
  return request;
}

/// The message without the fields of these numbers.
std::string Without(std::string_view message, std::initializer_list<int> numbers) {
  std::string kept;
  wire::FieldScanner scanner(message);
  wire::Field field;
  while (scanner.Next(&field)) {
    bool drop = false;
    for (const int number : numbers) drop = drop || field.number == number;
    if (!drop) kept.append(message.substr(field.begin, field.end - field.begin));
  }
  return kept;
}

}  // namespace

std::string RequestHead(const BackendSessionName& session) {
  std::string user;
  wire::AppendBytesField(1, session.user_id, &user);
  std::string head;
  wire::AppendBytesField(1, session.session_id, &head);
  wire::AppendBytesField(2, user, &head);
  return head;
}

grpc::ByteBuffer ExecuteRequestFor(const BackendSessionName& session, const std::string& operation_id,
                                   const wire::ExecuteRequest& client, const std::string& attempt_of) {
  std::string head = RequestHead(session);
  if (!client.header.client_type.empty()) wire::AppendBytesField(4, client.header.client_type, &head);
  if (client.arrow_chunking) {
    std::string chunking;
    wire::AppendVarintField(1, 1, &chunking);
    if (client.preferred_chunk_bytes) {
      wire::AppendVarintField(2, static_cast<uint64_t>(*client.preferred_chunk_bytes), &chunking);
    }
    std::string option;
    wire::AppendBytesField(2, chunking, &option);
    wire::AppendBytesField(5, option, &head);
  }
  wire::AppendBytesField(6, operation_id, &head);
  if (!attempt_of.empty()) wire::AppendBytesField(7, std::string(wire::kOperationTag) + attempt_of, &head);
  wire::AppendBytesHeader(3, client.plan.size(), &head);
  const grpc::Slice slices[] = {grpc::Slice(head), client.plan};
  return grpc::ByteBuffer(slices, 2);
}

grpc::ByteBuffer RequestFor(const BackendSessionName& session, const grpc::Slice& client,
                            int observed_field) {
  return Whole(RequestHead(session) + Without(wire::BytesOf(client), {1, 2, observed_field}));
}

grpc::ByteBuffer ConfigSetRequest(const BackendSessionName& session,
                                  const std::map<std::string, std::string>& pairs) {
  auto request = Begun<proto::ConfigRequest>(session);
  for (const auto& [key, value] : pairs) {
    proto::KeyValue* pair = request.mutable_operation()->mutable_set()->add_pairs();
    pair->set_key(key);
    pair->set_value(value);
  }
  return Whole(request.SerializeAsString());
}

grpc::ByteBuffer ConfigUnsetRequest(const BackendSessionName& session, const std::set<std::string>& keys) {
  auto request = Begun<proto::ConfigRequest>(session);
  for (const std::string& key : keys) request.mutable_operation()->mutable_unset()->add_keys(key);
  return Whole(request.SerializeAsString());
}

grpc::ByteBuffer InterruptRequest(const BackendSessionName& session, const std::string& operation_id) {
  auto request = Begun<proto::InterruptRequest>(session);
  request.set_interrupt_type(proto::InterruptRequest::INTERRUPT_TYPE_OPERATION_ID);
  request.set_operation_id(operation_id);
  return Whole(request.SerializeAsString());
}

grpc::ByteBuffer ReleaseSessionRequest(const BackendSessionName& session) {
  return Whole(Begun<proto::ReleaseSessionRequest>(session).SerializeAsString());
}

grpc::ByteBuffer FetchErrorDetailsRequest(const BackendSessionName& session, const std::string& error_id) {
  auto request = Begun<proto::FetchErrorDetailsRequest>(session);
  request.set_error_id(error_id);
  return Whole(request.SerializeAsString());
}

bool HasInterrupted(const grpc::ByteBuffer& body) {
  proto::InterruptResponse response;
  const grpc::Slice bytes = wire::OnePiece(body);
  return response.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size())) &&
         response.interrupted_ids_size() > 0;
}

std::string ErrorDetailsOf(const grpc::ByteBuffer& body, std::string* message) {
  proto::FetchErrorDetailsResponse response;
  const grpc::Slice bytes = wire::OnePiece(body);
  if (!response.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size()))) return "";
  if (!response.has_root_error_idx()) return "";
  response.clear_session_id();
  response.clear_server_side_session_id();
  const int root = response.root_error_idx();
  if (root >= 0 && root < response.errors_size()) *message = response.errors(root).message();
  return response.SerializeAsString();
}

grpc::ByteBuffer WithoutIds(const grpc::ByteBuffer& response, int session_id_field,
                            int server_side_session_id_field) {
  const grpc::Slice bytes = wire::OnePiece(response);
  return Whole(Without(wire::BytesOf(bytes), {session_id_field, server_side_session_id_field}));
}

}  // namespace hearth::gateway
