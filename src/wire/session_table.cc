#include "wire/session_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "wire/protocol_error.h"
#include "wire/uuid.h"

namespace hearth::wire {

namespace {

void CheckFormat(const std::string& session_id) {
  if (!IsUuid(session_id)) throw InvalidHandle("FORMAT", session_id);
}

void CheckObserved(const RequestHeader& header, const std::shared_ptr<Session>& session) {
  if (header.observed_server_side_session_id &&
      *header.observed_server_side_session_id != session->server_side_id()) {
    throw SessionChanged(session);
  }
}

}  // namespace

SessionChanged::SessionChanged(std::shared_ptr<Session> session)
    : spark::Error(InvalidHandle("SESSION_CHANGED", session->key().session_id)),
      session_(std::move(session)) {}

SessionTable::SessionTable(const Limits& limits, const base::Clock& clock, OpenState open)
    : limits_(limits), clock_(clock), open_(std::move(open)) {}

void SessionTable::Restore(const SessionKey& key, const std::string& server_side_id,
                           base::Instant::duration idle, const OpenState& state) {
  auto session = std::make_shared<Session>(key, limits_, clock_.Now(), server_side_id);
  session->Touch(clock_.Now() - idle);
  session->SetState(state(*session));
  absl::MutexLock lock(&mutex_);
  InsertLocked(std::move(session));
}

void SessionTable::RestoreClosed(const SessionKey& key) {
  absl::MutexLock lock(&mutex_);
  RememberClosedLocked(key);
}

std::shared_ptr<Session> SessionTable::GetOrOpen(const RequestHeader& header) {
  CheckFormat(header.session_id);
  const SessionKey key{header.user_id, header.session_id};
  std::shared_ptr<Session> session;
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = sessions_.find(key); found != sessions_.end()) {
      session = found->second;
    } else {
      if (closed_.count(key) != 0) throw InvalidHandle("SESSION_CLOSED", header.session_id);
      // A client that has seen another server side id had a session that is gone: no silently empty one.
      if (header.observed_server_side_session_id) throw InvalidHandle("SESSION_CHANGED", header.session_id);
      CheckUserLocked(key.user_id);
      session = std::make_shared<Session>(key, limits_, clock_.Now());
      session->SetState(open_(*session));
      InsertLocked(session);
    }
  }
  CheckObserved(header, session);
  session->Touch(clock_.Now());
  return session;
}

std::shared_ptr<Session> SessionTable::Get(const RequestHeader& header, bool check_observed_id) {
  const SessionKey key{header.user_id, header.session_id};
  std::shared_ptr<Session> session;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) {
      throw InvalidHandle(closed_.count(key) != 0 ? "SESSION_CLOSED" : "SESSION_NOT_FOUND",
                          header.session_id);
    }
    session = found->second;
  }
  if (check_observed_id) CheckObserved(header, session);
  session->Touch(clock_.Now());
  return session;
}

std::shared_ptr<Session> SessionTable::NewClone(Session& source, std::string_view new_id) const {
  const std::string id = new_id.empty() ? NewUuid() : std::string(new_id);
  if (!IsUuid(id)) throw InvalidCloneSessionRequest("TARGET_SESSION_ID_FORMAT", id);
  const SessionKey key{source.key().user_id, id};
  CheckNewKey(key);
  auto clone = std::make_shared<Session>(key, limits_, clock_.Now());
  clone->configuration().CopyFrom(source.configuration());
  clone->SetState(open_(*clone));
  return clone;
}

void SessionTable::Insert(const std::shared_ptr<Session>& clone) {
  absl::MutexLock lock(&mutex_);
  CheckNewKeyLocked(clone->key());
  InsertLocked(clone);
}

void SessionTable::InsertLocked(std::shared_ptr<Session> session) {
  const SessionKey& key = session->key();
  if (sessions_.emplace(key, session).second) ++sessions_of_[key.user_id];
}

void SessionTable::CheckUserLocked(const std::string& user_id) const {
  const auto open = sessions_of_.find(user_id);
  if (open == sessions_of_.end() || open->second < limits_.sessions_per_user_max) return;
  throw JavaError(spark::ExceptionKind::kSpark,
                  absl::StrCat("The user \"", user_id, "\" has ", open->second,
                               " open sessions, the most here (--user-sessions). Stop one that is no longer "
                               "needed, or wait until the server closes those that nobody uses."));
}

void SessionTable::CheckNewKey(const SessionKey& key) const {
  absl::MutexLock lock(&mutex_);
  CheckNewKeyLocked(key);
}

void SessionTable::CheckNewKeyLocked(const SessionKey& key) const {
  CheckUserLocked(key.user_id);
  if (closed_.count(key) != 0) {
    throw InvalidCloneSessionRequest("TARGET_SESSION_ID_ALREADY_CLOSED", key.session_id);
  }
  if (sessions_.count(key) != 0) {
    throw InvalidCloneSessionRequest("TARGET_SESSION_ID_ALREADY_EXISTS", key.session_id);
  }
}

std::shared_ptr<Session> SessionTable::Find(const SessionKey& key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second;
}

std::shared_ptr<Session> SessionTable::Close(const SessionKey& key, bool allow_reconnect) {
  std::shared_ptr<Session> session;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return nullptr;
    if (!allow_reconnect) RememberClosedLocked(key);
    session = std::move(found->second);
    sessions_.erase(found);
    const auto of_user = sessions_of_.find(key.user_id);
    if (--of_user->second == 0) sessions_of_.erase(of_user);
  }
  Stop(*session, clock_.Now());
  return session;
}

void SessionTable::RememberClosedLocked(const SessionKey& key) {
  if (!closed_.insert(key).second) return;
  closed_order_.push_back(key);
  if (closed_order_.size() > limits_.closed_sessions_max) {
    closed_.erase(closed_order_.front());
    closed_order_.pop_front();
  }
}

void SessionTable::Stop(Session& session, base::Instant now) {
  for (const auto& operation : session.operations().Living()) {
    session.operations().Remove(operation, OperationTable::Removal::kReleased, now);
  }
}

std::vector<std::shared_ptr<Session>> SessionTable::Sweep() {
  const base::Instant now = clock_.Now();
  std::vector<std::shared_ptr<Session>> expired;
  for (const auto& session : All()) {
    session->operations().Sweep(now);
    if (!session->operations().Living().empty()) session->Touch(now);
    if (now - session->last_used() >= limits_.session_idle_timeout) {
      if (auto closed = Close(session->key(), /*allow_reconnect=*/false))
        expired.push_back(std::move(closed));
    }
  }
  return expired;
}

std::vector<std::shared_ptr<Session>> SessionTable::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [key, session] : sessions_) sessions.push_back(session);
  return sessions;
}

}  // namespace hearth::wire
