#include "gateway/gateway_session.h"

#include <utility>

#include "spark/error.h"
#include "wire/artifact_upload.h"

namespace hearth::gateway {

namespace {
/// They are kept in memory, as long as the session lives.
constexpr size_t kArtifactBytesMax = size_t{3} << 30;
}  // namespace

GatewaySession::GatewaySession(wire::Session& session, const GatewaySession& source,
                               const SessionSnapshot& bound)
    : session_(session), log_(bound) {
  absl::MutexLock lock(&source.mutex_);
  const absl::MutexLock own_lock(&mutex_);
  artifacts_ = source.artifacts_;
  artifact_indices_ = source.artifact_indices_;
  artifact_bytes_ = source.artifact_bytes_;
}

// ---- the order of what is done in it ----

void GatewaySession::Admit(bool changes, Go go) {
  SessionSnapshot bound;
  {
    absl::MutexLock lock(&mutex_);
    if (turn_taken_) {
      admissions_.push_back({changes, std::move(go)});
      return;
    }
    turn_taken_ = changes;
    bound = SnapshotLocked();
  }
  go(std::move(bound), changes ? std::make_unique<Turn>(session_.shared_from_this()) : nullptr);
}

void GatewaySession::EndTurn() {
  std::deque<Admission> admitted;
  SessionSnapshot bound;
  {
    absl::MutexLock lock(&mutex_);
    turn_taken_ = false;
    while (!admissions_.empty() && !turn_taken_) {
      turn_taken_ = admissions_.front().changes;
      admitted.push_back(std::move(admissions_.front()));
      admissions_.pop_front();
    }
    if (!admitted.empty()) bound = SnapshotLocked();
  }
  for (Admission& next : admitted) {
    next.go(bound, next.changes ? std::make_unique<Turn>(session_.shared_from_this()) : nullptr);
  }
}

SessionSnapshot GatewaySession::SnapshotLocked() {
  SessionSnapshot snapshot;
  log_.Read(&snapshot);
  // The version first: what is set between the two lines is read again, not missed.
  const uint64_t version = session_.configuration().version();
  if (configuration_ == nullptr || configuration_version_ != version) {
    configuration_ = std::make_shared<const Pairs>(session_.configuration().Overrides());
    configuration_version_ = version;
  }
  snapshot.configuration = configuration_;
  snapshot.artifacts = artifacts_.size();
  return snapshot;
}

// ---- followers ----

void GatewaySession::Prepare(const std::shared_ptr<ClusterLink>& link, const SessionSnapshot& bound,
                             bool alone, Ready ready) {
  std::shared_ptr<Stand> stand;
  {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Stand>& slot = stands_[&link->cluster()];
    stand = slot;
    // It may be beyond what an attempt is bound to that was begun elsewhere before.
    if (stand == nullptr || (!stand->busy && stand->follower->IsBeyond(bound))) {
      stand = std::make_shared<Stand>();
      stand->follower = std::make_shared<Follower>(link, session_.key().user_id);
      if (slot == nullptr) slot = stand;
    }
    stand->waiting.push_back({bound, alone, std::move(ready)});
  }
  Serve(stand);
}

void GatewaySession::Serve(const std::shared_ptr<Stand>& stand) {
  while (true) {
    std::optional<Waiting> next;
    bool beyond = false;
    SessionSnapshot target;
    std::vector<Artifact> missing;
    {
      absl::MutexLock lock(&mutex_);
      if (stand->busy || stand->waiting.empty()) return;
      Waiting& first = stand->waiting.front();
      Follower& follower = *stand->follower;
      beyond = follower.IsBeyond(first.bound);
      const bool there = !beyond && follower.IsAt(first.bound);
      if (!beyond && stand->not_begun > 0 && (first.alone || !there)) return;
      if (beyond || there) {
        next = std::move(first);
        stand->waiting.pop_front();
        if (there) next->alone ? stand->busy = true : static_cast<bool>(++stand->not_begun);
      } else {
        stand->busy = true;
        target = first.bound;
        missing.assign(artifacts_.begin() + static_cast<ptrdiff_t>(follower.artifacts_sent()),
                       artifacts_.begin() + static_cast<ptrdiff_t>(target.artifacts));
      }
    }
    if (!next) {
      stand->follower->MoveTo(std::move(target), std::move(missing),
                              [this, keep = session_.shared_from_this(), stand](
                                  const std::optional<wire::Failure>& failure) { OnMoved(stand, failure); });
      return;
    }
    if (beyond) {
      Prepare(stand->follower->link(), next->bound, next->alone, std::move(next->ready));
    } else {
      next->ready(std::nullopt, std::make_unique<Use>(session_.shared_from_this(), stand, next->alone));
    }
  }
}

void GatewaySession::OnMoved(const std::shared_ptr<Stand>& stand,
                             const std::optional<wire::Failure>& failure) {
  std::deque<Waiting> others;
  Waiting first;
  {
    absl::MutexLock lock(&mutex_);
    stand->busy = false;
    if (failure) {
      Drop(stand);
      others.swap(stand->waiting);
      first = std::move(others.front());
      others.pop_front();
    }
  }
  if (!failure) return Serve(stand);
  first.ready(failure, nullptr);
  for (Waiting& other : others) {
    Prepare(stand->follower->link(), other.bound, other.alone, std::move(other.ready));
  }
}

/// The next who asks for this cluster gets a new follower.
void GatewaySession::Drop(const std::shared_ptr<Stand>& stand) {
  const auto found = stands_.find(&stand->follower->link()->cluster());
  if (found != stands_.end() && found->second == stand) stands_.erase(found);
}

void GatewaySession::OnDeath(const fleet::Cluster& cluster) {
  std::shared_ptr<Stand> outlives_lock;
  absl::MutexLock lock(&mutex_);
  if (const auto found = stands_.find(&cluster); found != stands_.end()) {
    outlives_lock = std::move(found->second);
    stands_.erase(found);
  }
}

void GatewaySession::Release() {
  std::map<const fleet::Cluster*, std::shared_ptr<Stand>> stands;
  absl::MutexLock lock(&mutex_);
  stands.swap(stands_);
}

std::optional<wire::Failure> GatewaySession::Use::WhyNot(const grpc::Slice& plan,
                                                         const std::string& made) const {
  absl::MutexLock lock(&owner().mutex_);
  const wire::Failure* why = stand_->follower->WhyNot(plan, made);
  return why == nullptr ? std::nullopt : std::optional(*why);
}

void GatewaySession::Use::Begun() {
  if (alone_ || std::exchange(over_, true)) return;
  {
    absl::MutexLock lock(&owner().mutex_);
    --stand_->not_begun;
  }
  owner().Serve(stand_);
}

GatewaySession::Use::~Use() {
  if (!alone_) {
    Begun();
    return;
  }
  std::deque<Waiting> others;
  {
    absl::MutexLock lock(&owner().mutex_);
    stand_->busy = false;
    if (!over_) {
      owner().Drop(stand_);
      others.swap(stand_->waiting);
    }
  }
  for (Waiting& other : others) {
    owner().Prepare(stand_->follower->link(), other.bound, other.alone, std::move(other.ready));
  }
  owner().Serve(stand_);
}

// ---- state ----

void GatewaySession::Commit(SessionChange change, Use& use) {
  {
    absl::MutexLock lock(&mutex_);
    const SessionChange noted = change;
    use.stand_->follower->NoteChange(log_.Append(std::move(change)), noted);
  }
  use.over_ = true;
}

void GatewaySession::Commit(const spark::SetConfiguration& setting, Use& use) {
  wire::SessionConfiguration& configuration = session_.configuration();
  try {
    if (!setting.is_reset) {
      configuration.Set(*setting.key, *setting.value);
    } else if (setting.key) {
      configuration.Unset(*setting.key);
    } else {
      configuration.UnsetAll();
    }
  } catch (const spark::Error&) {
    return;  // The engine is less strict than we are. Its follower is given up, so that nobody sees a half.
  }
  {
    absl::MutexLock lock(&mutex_);
    use.stand_->follower->NoteSetting(setting);
  }
  use.over_ = true;
}

size_t GatewaySession::changes() const {
  SessionSnapshot snapshot;
  log_.Read(&snapshot);
  return snapshot.changes->size();
}

std::vector<std::string> GatewaySession::clusters() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const auto& [cluster, stand] : stands_) ids.push_back(cluster->id());
  return ids;
}

void GatewaySession::AddArtifact(std::string name, std::string content) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = artifact_indices_.find(name); found != artifact_indices_.end()) {
    // The name of a cached block is its hash.
    if (name.substr(0, 6) == "cache/" || *artifacts_[found->second].content == content) return;
    if (!wire::MayReplaceArtifact(name)) throw wire::ArtifactAlreadyExists(name);
  }
  if (artifact_bytes_ + content.size() > kArtifactBytesMax) {
    throw spark::Error::Decline("more than 3 GiB of artifacts in a session");
  }
  artifact_bytes_ += content.size();
  artifact_indices_[name] = artifacts_.size();
  artifacts_.push_back({std::move(name), std::make_shared<const std::string>(std::move(content))});
}

bool GatewaySession::HasArtifact(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return artifact_indices_.count(name) != 0;
}

}  // namespace hearth::gateway
