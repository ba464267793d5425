#include "wire/artifact_rpc.h"

#include <spark/connect/base.pb.h>

#include <string_view>
#include <utility>

#include "spark/error.h"
#include "wire/executor.h"
#include "wire/protocol_error.h"
#include "wire/request.h"
#include "wire/response.h"
#include "wire/session.h"

namespace hearth::wire {

struct ArtifactRpc::Summaries {
  ::spark::connect::AddArtifactsResponse response;
};

ArtifactRpc::ArtifactRpc(ServerContext& server)
    : Rpc(server), upload_(server.limits.artifact_bytes_max), summaries_(std::make_unique<Summaries>()) {}

ArtifactRpc::~ArtifactRpc() = default;

void ArtifactRpc::OnReadDone(bool ok) {
  try {
    if (!ok) {
      Answer();
      return;
    }
    Take();
    StartRead(&message_);
  } catch (const SessionChanged& changed) {
    Finish(changed.session()->Report(FailureOf(changed), server_.clock.Now()));
  } catch (...) {
    const Failure failure = FailureOf(std::current_exception());
    Finish(session_ ? session_->Report(failure, server_.clock.Now()) : StatusOf(failure, "", server_.limits));
  }
}

void ArtifactRpc::Take() {
  const grpc::Slice bytes = OnePiece(message_);
  message_.Clear();
  if (!session_) session_ = server_.sessions.GetOrOpen(HeaderOf(bytes, 6, 7));
  const std::string_view request = BytesOf(bytes);
  for (ArtifactUpload::Artifact& artifact : upload_.Take(request)) {
    auto* summary = summaries_->response.add_artifacts();
    summary->set_name(artifact.name);
    summary->set_is_crc_successful(artifact.crc_successful);
    if (!artifact.crc_successful) continue;
    server_.executor.AddArtifact(*session_, NormalizedArtifactName(artifact.name),
                                 std::move(artifact.content));
  }
}

void ArtifactRpc::Answer() {
  if (!session_) {
    Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the stream of artifacts has no message"));
    return;
  }
  if (!upload_.complete()) {
    throw JavaError(spark::ExceptionKind::kJavaIllegalArgument, "requirement failed");
  }
  server_.executor.KeepArtifacts(session_, [this](const std::optional<Failure>& failure) {
    if (failure) {
      Finish(session_->Report(*failure, server_.clock.Now()));
      return;
    }
    response_ = EncodedResponse(summaries_->response.SerializeAsString()).body;
    AppendSessionIds(session_->key().session_id, 2, session_->server_side_id(), 3, &response_);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  });
}

}  // namespace hearth::wire
