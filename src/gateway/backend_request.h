#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "wire/request.h"

namespace hearth::gateway {

/// Who a request is from, as the cluster shall see it: our user, the session we have there.
struct BackendSessionName {
  std::string user_id;
  std::string session_id;
};

/// What every request begins with: session_id 1 and user_context 2.
std::string RequestHead(const BackendSessionName& session);

/// An ExecutePlanRequest for a cluster: the client's plan, without copying it, with our ids. Not
/// reattachable: the gateway keeps the results, so the end of the call may be the end of the work.
/// `attempt_of`: the client's operation, for an engine that goes by it (see wire::kOperationTag); "": not
/// told.
grpc::ByteBuffer ExecuteRequestFor(const BackendSessionName& session, const std::string& operation_id,
                                   const wire::ExecuteRequest& client, const std::string& attempt_of = "");

/// Any other request of a client with its session and its observed server side session id replaced by ours.
grpc::ByteBuffer RequestFor(const BackendSessionName& session, const grpc::Slice& client, int observed_field);

grpc::ByteBuffer ConfigSetRequest(const BackendSessionName& session,
                                  const std::map<std::string, std::string>& pairs);
grpc::ByteBuffer ConfigUnsetRequest(const BackendSessionName& session, const std::set<std::string>& keys);
grpc::ByteBuffer InterruptRequest(const BackendSessionName& session, const std::string& operation_id);
grpc::ByteBuffer ReleaseSessionRequest(const BackendSessionName& session);
grpc::ByteBuffer FetchErrorDetailsRequest(const BackendSessionName& session, const std::string& error_id);

/// Whether an InterruptResponse names an operation.
bool HasInterrupted(const grpc::ByteBuffer& response);

/// The details of a FetchErrorDetailsResponse without the cluster's ids, ready for our own error store; "" if
/// it has none. `message` becomes the root error's whole message.
std::string ErrorDetailsOf(const grpc::ByteBuffer& response, std::string* message);

/// The encoded response without the two ids that the given fields hold.
grpc::ByteBuffer WithoutIds(const grpc::ByteBuffer& response, int session_id_field,
                            int server_side_session_id_field);

}  // namespace hearth::gateway
