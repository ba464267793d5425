#pragma once

#include <memory>
#include <optional>

#include "wire/artifact_upload.h"
#include "wire/rpc.h"

namespace hearth::wire {

/// AddArtifacts: a stream of requests, one response. Whole artifacts go to the executor as they come.
class ArtifactRpc final : public Rpc {
 public:
  explicit ArtifactRpc(ServerContext& server);
  ~ArtifactRpc() override;

 private:
  void Begun() override { StartRead(&message_); }
  void OnReadDone(bool ok) override;
  void Take();
  void Answer();

  grpc::ByteBuffer message_;
  grpc::ByteBuffer response_;
  /// Of the first message.
  std::shared_ptr<Session> session_;
  ArtifactUpload upload_;
  struct Summaries;
  std::unique_ptr<Summaries> summaries_;
};

}  // namespace hearth::wire
