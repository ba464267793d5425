#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "wire/failure.h"
#include "wire/operation.h"
#include "wire/request.h"
#include "wire/session.h"
#include "wire/session_table.h"

namespace hearth::wire {

/// Answers one unary call, exactly once, from any thread. Copies share the call.
class Reply {
 public:
  class Call {
   public:
    virtual ~Call() = default;
    virtual void Send(grpc::ByteBuffer response) = 0;
    virtual void Fail(const Failure& failure) = 0;
    virtual void OnCancel(std::function<void()> cancel) = 0;
  };
  explicit Reply(std::shared_ptr<Call> call) : call_(std::move(call)) {}

  /// The encoded response without session ids, which the server appends.
  void Send(grpc::ByteBuffer response) const { call_->Send(std::move(response)); }
  void Send(std::string encoded) const;
  void Fail(const Failure& failure) const { call_->Fail(failure); }
  /// `cancel` runs once if the client is gone before the answer, at once if it is gone already.
  void OnCancel(std::function<void()> cancel) const { call_->OnCancel(std::move(cancel)); }

 private:
  std::shared_ptr<Call> call_;
};

/// What stands behind a Connect server: the native engine executes, the gateway relays. Everything of the
/// protocol that does not need it (sessions, operation ids, reattach, release, interrupt, configuration,
/// error details, status) is answered by the server itself.
///
/// All methods are called on the server's own threads, which must not be blocked: decode and work elsewhere
/// (Workers). They may throw spark::Error, which answers the call.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Called once, before the first call: brings back the sessions that an earlier server had. If it fails the
  /// server does not start.
  virtual absl::Status RestoreSessions(SessionTable& /*sessions*/) { return absl::OkStatus(); }

  /// The state of a new session. Quick, no I/O.
  virtual std::unique_ptr<SessionState> OpenSession(Session& session) = 0;

  /// The session was released or expired; its operations were cancelled before. `stays_closed`: no session
  /// with its key may be opened any more, by the next server neither.
  /// `done` is called once, from any thread, when nothing else of it is kept.
  virtual void CloseSession(Session& /*session*/, bool /*stays_closed*/, std::function<void()> done) {
    done();
  }

  /// Gives `clone`, a new session that nobody knows yet, all of `source` that later operations see, beside
  /// its configuration, which it has. `done` is called once, from any thread, at once or later, with the
  /// error if it failed.
  using Cloned = std::function<void(std::optional<Failure> failure)>;
  virtual void CloneSession(std::shared_ptr<Session> source, std::shared_ptr<Session> clone, Cloned done);

  /// Starts the operation and keeps the pointer while it runs. See Operation for what a producer owes.
  virtual void Execute(std::shared_ptr<Operation> operation) = 0;

  /// The request of an operation whose result a client has begun to read from an earlier server, to be
  /// executed again. Nothing if it is not known. Quick.
  virtual std::optional<ExecuteRequest> BegunEarlier(Session& /*session*/,
                                                     const std::string& /*operation_id*/) {
    return std::nullopt;
  }

  /// Answers an AnalyzePlan. `request` is the whole encoded AnalyzePlanRequest.
  virtual void Analyze(std::shared_ptr<Session> session, grpc::Slice request, Reply reply) = 0;

  /// Takes an artifact that a client uploaded ("cache/<sha256>", "jars/..."), whose name is normalized and
  /// leads nowhere else. Quick. Declines by default.
  virtual void AddArtifact(Session& session, std::string name, std::string content);
  /// True if the session has the artifact already. Quick. Only "cache/..." can be asked for.
  virtual bool HasArtifact(Session& /*session*/, const std::string& /*name*/) { return false; }

  /// Calls `done`, from any thread, at once or later, when the artifacts that were added to the session will
  /// be there as long as the session is; with the error if they cannot be kept.
  virtual void KeepArtifacts(std::shared_ptr<Session> session,
                             std::function<void(std::optional<Failure> failure)> done);

  /// Answers a Config; by default from the session's own configuration.
  virtual void Configure(std::shared_ptr<Session> session, grpc::Slice request, Reply reply);
};

}  // namespace hearth::wire
