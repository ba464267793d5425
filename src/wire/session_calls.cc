#include "wire/session_calls.h"

#include <spark/connect/base.pb.h>

#include <map>
#include <set>
#include <string>

#include "spark/error.h"
#include "wire/artifact_upload.h"
#include "wire/connect_server.h"
#include "wire/fields.h"
#include "wire/protocol_error.h"
#include "wire/request.h"
#include "wire/response.h"
#include "wire/session.h"

namespace hearth::wire {

namespace {

namespace proto = ::spark::connect;
using Call = std::shared_ptr<UnaryRpc>;

template <typename Request>
Request Decoded(const grpc::Slice& bytes, const ServerContext& server) {
  Request request;
  DecodeMessage(bytes, &request, server.limits.nesting_max);
  return request;
}

void Send(const Call& call, const google::protobuf::MessageLite& response) {
  call->Send(EncodedResponse(response.SerializeAsString()).body);
}

bool Refused(const ServerContext& server, const Call& call) {
  if (!server.draining) return false;
  call->Refuse(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down"));
  return true;
}

// ---- handed to the executor ----

/// AnalyzePlanRequest.spark_version is field 10: the one analysis that needs no plan, and what clients ask
/// first.
bool AsksSparkVersion(const grpc::Slice& request) {
  FieldScanner scanner(BytesOf(request));
  Field field;
  int analysis = 0;
  while (scanner.Next(&field)) {
    if ((field.number >= 4 && field.number <= 16) || field.number == 18) analysis = field.number;
  }
  return analysis == 10;
}

void AnalyzePlan(ServerContext& server, const Call& call, const grpc::Slice& request) {
  if (Refused(server, call)) return;
  auto session = server.sessions.GetOrOpen(call->HeaderOf(request, 3, 17));
  call->BelongsTo(session, 1, 15);
  if (AsksSparkVersion(request)) {
    proto::AnalyzePlanResponse response;
    response.mutable_spark_version()->set_version(kSparkVersion);
    Send(call, response);
    return;
  }
  server.executor.Analyze(std::move(session), request, Reply(call));
}

void Config(ServerContext& server, const Call& call, const grpc::Slice& request) {
  auto session = server.sessions.GetOrOpen(call->HeaderOf(request, 4, 8));
  call->BelongsTo(session, 1, 4);
  server.executor.Configure(std::move(session), request, Reply(call));
}

// ---- operations ----

std::string NameOf(proto::InterruptRequest::InterruptType type) {
  const std::string& name = proto::InterruptRequest::InterruptType_Name(type);
  return name.empty() ? "UNRECOGNIZED" : name;
}

std::vector<std::string> Interrupted(const proto::InterruptRequest& request, OperationTable& operations) {
  const auto missing = [](const char* condition, const char* parameter) {
    return spark::Error(spark::ExceptionKind::kSql, std::string("INVALID_PARAMETER_VALUE.") + condition,
                        {{"parameter", parameter}, {"functionName", "interrupt"}});
  };
  switch (request.interrupt_type()) {
    case proto::InterruptRequest::INTERRUPT_TYPE_ALL: return operations.InterruptAll();
    case proto::InterruptRequest::INTERRUPT_TYPE_TAG:
      if (!request.has_operation_tag()) throw missing("INTERRUPT_TYPE_TAG_REQUIRES_TAG", "operation_tag");
      return operations.InterruptTag(request.operation_tag());
    case proto::InterruptRequest::INTERRUPT_TYPE_OPERATION_ID:
      if (!request.has_operation_id())
        throw missing("INTERRUPT_TYPE_OPERATION_ID_REQUIRES_ID", "operation_id");
      return operations.InterruptOperation(request.operation_id());
    default:
      throw spark::Error(spark::ExceptionKind::kSql, "UNSUPPORTED_FEATURE.INTERRUPT_TYPE",
                         {{"interruptType", NameOf(request.interrupt_type())}});
  }
}

void Interrupt(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const auto session = server.sessions.GetOrOpen(call->HeaderOf(bytes, 3, 7));
  call->BelongsTo(session, 1, 3);
  proto::InterruptResponse response;
  for (std::string& id :
       Interrupted(Decoded<proto::InterruptRequest>(bytes, server), session->operations())) {
    response.add_interrupted_ids(std::move(id));
  }
  Send(call, response);
}

void ReleaseUntil(const std::string& response_id, Operation& operation) {
  if (operation.results().ReleaseUntil(response_id)) return;
  throw spark::Error(spark::ExceptionKind::kSql, "INVALID_CURSOR.POSITION_NOT_FOUND",
                     {{"responseId", response_id}});
}

void ReleaseExecute(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  // Unlike the others it does not look at the observed server side session id.
  const auto session = server.sessions.Get(call->HeaderOf(bytes, 4, 7), /*check_observed_id=*/false);
  call->BelongsTo(session, 1, 3);
  const auto request = Decoded<proto::ReleaseExecuteRequest>(bytes, server);
  proto::ReleaseExecuteResponse response;
  if (const auto operation = session->operations().Find(request.operation_id())) {
    if (!operation->reattachable()) throw CursorNotReattachable();
    response.set_operation_id(operation->id());
    if (request.has_release_all()) {
      session->operations().Remove(operation, OperationTable::Removal::kReleased, server.clock.Now());
    } else if (request.has_release_until()) {
      ReleaseUntil(request.release_until().response_id(), *operation);
    } else {
      throw JavaError(spark::ExceptionKind::kJavaUnsupportedOperation, "Unknown ReleaseExecute type!");
    }
  }
  Send(call, response);
}

using Status = proto::GetStatusResponse::OperationStatus;

Status::OperationState NameOf(Operation::State state) {
  switch (state) {
    case Operation::State::kRunning: return Status::OPERATION_STATE_RUNNING;
    case Operation::State::kSucceeded: return Status::OPERATION_STATE_SUCCEEDED;
    case Operation::State::kFailed: return Status::OPERATION_STATE_FAILED;
    case Operation::State::kCancelled: return Status::OPERATION_STATE_CANCELLED;
  }
  return Status::OPERATION_STATE_UNKNOWN;
}

/// Spark calls an operation terminating from its last row until its client releases it.
Status::OperationState StateOfLiving(const Operation& operation) {
  const Operation::State state = operation.state();
  const bool waits_for_release = state == Operation::State::kSucceeded || state == Operation::State::kFailed;
  return waits_for_release ? Status::OPERATION_STATE_TERMINATING : NameOf(state);
}

Status::OperationState StateOf(const std::string& id, const OperationTable& operations) {
  if (const auto operation = operations.Find(id)) return StateOfLiving(*operation);
  const auto state = operations.StateOfFinished(id);
  return state ? NameOf(*state) : Status::OPERATION_STATE_UNKNOWN;
}

void GetStatus(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const auto session = server.sessions.Get(call->HeaderOf(bytes, 3, 4));
  call->BelongsTo(session, 1, 2);
  const auto request = Decoded<proto::GetStatusRequest>(bytes, server);
  const OperationTable& operations = session->operations();
  proto::GetStatusResponse response;
  const auto add = [&](const std::string& id, Status::OperationState state) {
    auto* status = response.add_operation_statuses();
    status->set_operation_id(id);
    status->set_state(state);
  };
  std::set<std::string> told;
  for (const std::string& id : request.operation_status().operation_ids()) {
    if (told.insert(id).second) add(id, StateOf(id, operations));
  }
  if (request.has_operation_status() && request.operation_status().operation_ids().empty()) {
    for (const auto& operation : operations.Living()) add(operation->id(), StateOfLiving(*operation));
    for (const std::string& id : operations.FinishedIds()) add(id, StateOf(id, operations));
  }
  Send(call, response);
}

// ---- sessions ----

void ReleaseSession(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const RequestHeader header = call->HeaderOf(bytes, 3, /*observed_field=*/0);
  const auto request = Decoded<proto::ReleaseSessionRequest>(bytes, server);
  const auto session = server.sessions.Close({header.user_id, header.session_id}, request.allow_reconnect());
  proto::ReleaseSessionResponse response;
  response.set_session_id(header.session_id);
  if (!session) return Send(call, response);
  response.set_server_side_session_id(session->server_side_id());
  server.executor.CloseSession(*session, !request.allow_reconnect(),
                               [call, response] { Send(call, response); });
}

void FetchErrorDetails(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const auto session = server.sessions.GetOrOpen(call->HeaderOf(bytes, 4, 5));
  call->BelongsTo(session, 4, 3);
  const auto request = Decoded<proto::FetchErrorDetailsRequest>(bytes, server);
  const auto details = session->TakeErrorDetails(request.error_id(), server.clock.Now());
  call->Send(EncodedResponse(details.value_or("")).body);
}

/// Answered when the executor has copied what it keeps for the session; only then the clone can be used.
void CloneSession(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const auto source = server.sessions.Get(call->HeaderOf(bytes, 3, 5));
  call->BelongsTo(source, 1, 2);
  const auto request = Decoded<proto::CloneSessionRequest>(bytes, server);
  const auto clone = server.sessions.NewClone(*source, request.new_session_id());
  server.executor.CloneSession(source, clone, [&server, call, clone](std::optional<Failure> failure) {
    try {
      if (failure) {
        server.executor.CloseSession(*clone, /*stays_closed=*/false, [] {});
        return call->Fail(*failure);
      }
      server.sessions.Insert(clone);
      proto::CloneSessionResponse response;
      response.set_new_session_id(clone->key().session_id);
      response.set_new_server_side_session_id(clone->server_side_id());
      Send(call, response);
    } catch (const spark::Error& error) {
      server.executor.CloseSession(*clone, /*stays_closed=*/false, [] {});
      call->Fail(FailureOf(error));
    }
  });
}

// ---- artifacts ----

/// Spark tells of cached blocks only: whatever else a client asks for, it shall upload.
void ArtifactStatus(ServerContext& server, const Call& call, const grpc::Slice& bytes) {
  const auto session = server.sessions.GetOrOpen(call->HeaderOf(bytes, 3, 5));
  call->BelongsTo(session, 2, 3);
  proto::ArtifactStatusesResponse response;
  const auto request = Decoded<proto::ArtifactStatusesRequest>(bytes, server);
  for (const std::string& name : request.names()) {
    const bool exists = IsCacheBlock(name) && server.executor.HasArtifact(*session, name);
    (*response.mutable_statuses())[name].set_exists(exists);
  }
  Send(call, response);
}

}  // namespace

const UnaryRpc::Handler* FindUnaryHandler(std::string_view method) {
  static const auto& handlers = *new std::map<std::string, UnaryRpc::Handler, std::less<>>{
      {"AnalyzePlan", AnalyzePlan},
      {"Config", Config},
      {"Interrupt", Interrupt},
      {"ReleaseExecute", ReleaseExecute},
      {"GetStatus", GetStatus},
      {"ReleaseSession", ReleaseSession},
      {"FetchErrorDetails", FetchErrorDetails},
      {"CloneSession", CloneSession},
      {"ArtifactStatus", ArtifactStatus},
  };
  const auto found = handlers.find(method);
  return found == handlers.end() ? nullptr : &found->second;
}

}  // namespace hearth::wire
