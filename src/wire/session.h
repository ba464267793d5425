#pragma once

#include <atomic>
#include <compare>
#include <memory>
#include <string>

#include "base/clock.h"
#include "wire/configuration.h"
#include "wire/error_store.h"
#include "wire/failure.h"
#include "wire/limits.h"
#include "wire/operation_table.h"
#include "wire/uuid.h"

namespace hearth::wire {

/// A session belongs to its user: the same session id of another user is another session.
struct SessionKey {
  std::string user_id;
  std::string session_id;
  auto operator<=>(const SessionKey&) const = default;
};

/// What an executor keeps for a session (the engine its catalog, the gateway its binding to a cluster).
/// Destroyed with the session, after the last operation and call that hold it.
class SessionState {
 public:
  virtual ~SessionState() = default;
};

/// One Spark Connect session on this server. Thread-safe; shared by the table and by everything running in
/// it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(SessionKey key, const Limits& limits, base::Instant now, std::string server_side_id = NewUuid());

  const SessionKey& key() const { return key_; }
  /// Ours, new for each session: by it a client notices that its session was lost and begun anew.
  const std::string& server_side_id() const { return server_side_id_; }

  SessionConfiguration& configuration() { return configuration_; }
  OperationTable& operations() { return operations_; }

  /// Set once, before the session is visible to any call.
  void SetState(std::unique_ptr<SessionState> state) { state_ = std::move(state); }
  template <typename T>
  T& state() {
    return static_cast<T&>(*state_);
  }

  /// The status to answer a call of this session with; keeps its details for FetchErrorDetails.
  grpc::Status Report(const Failure& failure, base::Instant now);
  /// For FetchErrorDetails; nullopt if unknown.
  std::optional<std::string> TakeErrorDetails(std::string_view error_id, base::Instant now);

  void Touch(base::Instant now) { last_used_ = now.time_since_epoch().count(); }
  base::Instant last_used() const { return base::Instant(base::Instant::duration(last_used_.load())); }
  base::Instant opened() const { return opened_; }

 private:
  const SessionKey key_;
  const std::string server_side_id_;
  const Limits& limits_;
  const base::Instant opened_;
  std::atomic<base::Instant::rep> last_used_;
  SessionConfiguration configuration_;
  ErrorStore errors_;
  OperationTable operations_;
  std::unique_ptr<SessionState> state_;
};

}  // namespace hearth::wire
