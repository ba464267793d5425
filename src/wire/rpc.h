#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "wire/request.h"
#include "wire/session_table.h"
#include "wire/workers.h"

namespace hearth::wire {

class Executor;
class ExecuteStream;

/// What the calls of one server share. Outlives them all.
struct ServerContext {
  const Limits& limits;
  const base::Clock& clock;
  Executor& executor;
  SessionTable& sessions;
  /// For requests that take long to take apart: large or compressed ones.
  Workers& workers;
  /// Set once: new work is refused.
  const std::atomic<bool>& draining;
  /// Response streams that live, so that their time limit is looked at.
  std::function<void(std::shared_ptr<ExecuteStream>)> watch;
};

/// What the connection of a call tells.
struct Caller {
  /// Who has shown to be the caller, if callers must.
  std::optional<std::string> user;
  /// See RequestHeader.
  std::string profile;
  std::string workload;
};

/// One RPC as gRPC's callback API sees it: a reactor that keeps itself alive until OnDone. Every call of the
/// service is taken as a stream of raw messages in both directions, which is what they all are on the wire.
class Rpc : public grpc::ServerGenericBidiReactor, public std::enable_shared_from_this<Rpc> {
 public:
  /// The reactor for gRPC, alive until its OnDone.
  static grpc::ServerGenericBidiReactor* Begin(std::shared_ptr<Rpc> rpc, Caller caller);

  /// The header with the user who has shown to be the caller, whatever the request claims, and what the
  /// connection tells.
  RequestHeader Identified(RequestHeader header) const;
  /// ReadHeader's, identified.
  RequestHeader HeaderOf(const grpc::Slice& request, int client_type_field, int observed_field) const {
    return Identified(ReadHeader(request, client_type_field, observed_field));
  }

  void OnDone() final;

 protected:
  explicit Rpc(ServerContext& server) : server_(server) {}

  /// Called once the reactor is alive: start to read.
  virtual void Begun() = 0;
  /// The RPC is over and nothing else will be called.
  virtual void Over() {}

  ServerContext& server_;

 private:
  Caller caller_;
  std::shared_ptr<Rpc> self_;
};

}  // namespace hearth::wire
