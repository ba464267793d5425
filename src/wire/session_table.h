#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "spark/error.h"
#include "wire/limits.h"
#include "wire/request.h"
#include "wire/session.h"

namespace hearth::wire {

/// INVALID_HANDLE.SESSION_CHANGED, thrown where the session that the client names is another one than it saw:
/// the call is not this session's, but FetchErrorDetails asks this session for the error.
class SessionChanged final : public spark::Error {
 public:
  explicit SessionChanged(std::shared_ptr<Session> session);
  const std::shared_ptr<Session>& session() const { return session_; }

 private:
  std::shared_ptr<Session> session_;
};

/// All sessions of a server, and for a while the keys of closed ones. Thread-safe.
class SessionTable {
 public:
  using OpenState = std::function<std::unique_ptr<SessionState>(Session&)>;

  /// `open` gives each new session its state; it is called with the table's lock held and must be quick.
  SessionTable(const Limits& limits, const base::Clock& clock, OpenState open);

  /// A session that an earlier server had, under the server side id that its clients know, not used for
  /// `idle`. Only before the first call, and once a key.
  void Restore(const SessionKey& key, const std::string& server_side_id, base::Instant::duration idle,
               const OpenState& state);
  /// The key of a session that stays closed.
  void RestoreClosed(const SessionKey& key);

  /// The session of the request, made if there is none. Counts as use.
  /// Throws spark::Error INVALID_HANDLE.{FORMAT, SESSION_CLOSED, SESSION_CHANGED}; the last as SessionChanged
  /// if there is a session. Throws one without condition if the user has too many sessions.
  std::shared_ptr<Session> GetOrOpen(const RequestHeader& header);

  /// As GetOrOpen, but throws INVALID_HANDLE.SESSION_NOT_FOUND instead of making one, whatever the id is.
  std::shared_ptr<Session> Get(const RequestHeader& header, bool check_observed_id = true);

  /// CloneSession in two steps. A session of the same user with the configuration of `source`, not yet in the
  /// table; a new id is made for an empty one. Throws
  /// INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_{FORMAT, ALREADY_CLOSED, ALREADY_EXISTS}.
  std::shared_ptr<Session> NewClone(Session& source, std::string_view new_id) const;
  /// Makes the clone a session like others, when its executor has cloned the rest. Throws as NewClone:
  /// another session may have taken the id meanwhile.
  void Insert(const std::shared_ptr<Session>& clone);

  /// Nullptr if there is none; no checks, not a use.
  std::shared_ptr<Session> Find(const SessionKey& key) const;

  /// Closes the session: all its operations are stopped, and unless `allow_reconnect` its key stays closed.
  /// Returns it, or nullptr if there was none (then nothing changes).
  std::shared_ptr<Session> Close(const SessionKey& key, bool allow_reconnect);

  /// Sweeps the operations of all sessions and closes the sessions idle for too long (a living operation
  /// counts as use). Returns those.
  std::vector<std::shared_ptr<Session>> Sweep();

  std::vector<std::shared_ptr<Session>> All() const;

 private:
  void CheckNewKey(const SessionKey& key) const;
  void CheckNewKeyLocked(const SessionKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckUserLocked(const std::string& user_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertLocked(std::shared_ptr<Session> session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RememberClosedLocked(const SessionKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Stop(Session& session, base::Instant now);

  const Limits& limits_;
  const base::Clock& clock_;
  const OpenState open_;
  mutable absl::Mutex mutex_;
  std::map<SessionKey, std::shared_ptr<Session>> sessions_ ABSL_GUARDED_BY(mutex_);
  /// How many of them each user has.
  std::map<std::string, size_t> sessions_of_ ABSL_GUARDED_BY(mutex_);
  std::set<SessionKey> closed_ ABSL_GUARDED_BY(mutex_);
  std::deque<SessionKey> closed_order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::wire
