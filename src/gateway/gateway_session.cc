#include "gateway/gateway_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "spark/error.h"
#include "wire/artifact_upload.h"

namespace hearth::gateway {

namespace {
/// They are kept in memory, as long as the session lives.
constexpr size_t kArtifactBytesMax = size_t{3} << 30;

/// What a client hears of a change that could not be made durable, so that it has not happened.
std::optional<wire::Failure> NotKept(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  return wire::FailureOf(spark::Error::WithMessage(
      spark::ExceptionKind::kSpark, "", "", {},
      "The change was not made, because it could not be kept: " + std::string(status.message())));
}
}  // namespace

GatewaySession::GatewaySession(wire::Session& session, Journal& journal)
    : session_(session),
      journal_(journal),
      log_(std::make_unique<SessionLog>()),
      begun_(session, journal, {}) {
  // If it cannot be kept now, the first change of it says so: until then there is nothing to lose.
  journal_.Open(session, [opened = opened_](const absl::Status&) { opened->Open(); });
}

GatewaySession::GatewaySession(wire::Session& session, Journal& journal, KeptSession kept)
    : session_(session), journal_(journal), begun_(session, journal, std::move(kept.begun)) {
  SessionSnapshot snapshot;
  snapshot.position = kept.changes.empty() ? 0 : kept.changes.back().position;
  snapshot.changes = std::make_shared<const std::vector<SessionSnapshot::Entry>>(std::move(kept.changes));
  log_ = std::make_unique<SessionLog>(snapshot);
  session.configuration().Restore(kept.configuration);
  for (const auto& entry : *snapshot.changes) {
    if (MayUseGlobalViews(entry.change->plan)) UseGlobalViews();
    if (!entry.change->operation_id.empty()) made_before_.emplace(entry.change->operation_id, entry.change);
  }
  absl::MutexLock lock(&mutex_);
  artifacts_ = std::move(kept.artifacts);
  for (size_t i = 0; i < artifacts_.size(); ++i) {
    if (artifacts_[i].content == nullptr) continue;
    artifact_indices_[artifacts_[i].name] = i;
    artifact_bytes_ += artifacts_[i].content->size();
  }
  artifacts_kept_ = artifacts_.size();
  opened_->Open();
}

void GatewaySession::BecomeCloneOf(const GatewaySession& source, const SessionSnapshot& bound, Kept done) {
  log_ = std::make_unique<SessionLog>(bound);
  if (source.uses_global_views()) UseGlobalViews();
  session_.configuration().CopyFrom(source.session_.configuration());
  {
    absl::MutexLock lock(&source.mutex_);
    const absl::MutexLock own_lock(&mutex_);
    artifacts_ = source.artifacts_;
    artifact_indices_ = source.artifact_indices_;
    artifact_bytes_ = source.artifact_bytes_;
  }
  std::vector<Artifact> artifacts;
  {
    absl::MutexLock lock(&mutex_);
    artifacts = artifacts_;
    artifacts_kept_ = artifacts_.size();
  }
  journal_.Copy(session_, {*bound.changes, session_.configuration().Overrides(), std::move(artifacts)},
                [keep = session_.shared_from_this(), done = std::move(done)](const absl::Status& status) {
                  done(NotKept(status));
                });
}

// ---- the order of what is done in it ----

void GatewaySession::Admit(bool changes, Go go) {
  opened_->Pass([this, keep = session_.shared_from_this(), changes, go = std::move(go)]() mutable {
    AdmitOpened(changes, std::move(go));
  });
}

void GatewaySession::AdmitOpened(bool changes, Go go) {
  SessionSnapshot bound;
  {
    absl::MutexLock lock(&mutex_);
    if (turn_taken_ || !admissions_.empty()) {
      admissions_.push_back({changes, std::move(go)});
      return;
    }
    turn_taken_ = changes;
    bound = SnapshotLocked();
  }
  go(std::move(bound), changes ? std::make_unique<Turn>(session_.shared_from_this()) : nullptr);
}

/// A turn may end before whoever got it returns; a loop, because thousands may.
void GatewaySession::EndTurn() {
  {
    absl::MutexLock lock(&mutex_);
    turn_taken_ = false;
    if (std::exchange(admitting_, true)) return;
  }
  while (true) {
    Admission next;
    SessionSnapshot bound;
    {
      absl::MutexLock lock(&mutex_);
      if (turn_taken_ || admissions_.empty()) {
        admitting_ = false;
        return;
      }
      next = std::move(admissions_.front());
      admissions_.pop_front();
      turn_taken_ = next.changes;
      bound = SnapshotLocked();
    }
    next.go(std::move(bound), next.changes ? std::make_unique<Turn>(session_.shared_from_this()) : nullptr);
  }
}

SessionSnapshot GatewaySession::SnapshotLocked() {
  SessionSnapshot snapshot;
  log_->Read(&snapshot);
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
        std::copy_if(artifacts_.begin() + static_cast<ptrdiff_t>(follower.artifacts_sent()),
                     artifacts_.begin() + static_cast<ptrdiff_t>(target.artifacts),
                     std::back_inserter(missing),
                     [](const Artifact& artifact) { return artifact.content != nullptr; });
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

std::optional<wire::Failure> GatewaySession::Use::WhyNot(const grpc::Slice& plan, const Name& made) const {
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

void GatewaySession::Commit(SessionChange change, Use& use, Kept done) {
  const SessionLog::Place place = log_->PlaceFor(change);
  auto made = std::make_shared<const SessionChange>(std::move(change));
  journal_.Append(session_, made, place,
                  [this, keep = session_.shared_from_this(), made, place, &use,
                   done = std::move(done)](const absl::Status& status) {
                    if (status.ok()) {
                      absl::MutexLock lock(&mutex_);
                      log_->Append(made, place);
                      use.stand_->follower->NoteChange(place.position, *made);
                      use.over_ = true;
                    }
                    done(NotKept(status));
                  });
}

void GatewaySession::Commit(const spark::SetConfiguration& setting, Use& use, Kept done) {
  wire::SessionConfiguration& configuration = session_.configuration();
  const auto kept = [this, setting, &use, done](std::optional<wire::Failure> failure) {
    if (!failure) {
      absl::MutexLock lock(&mutex_);
      use.stand_->follower->NoteSetting(setting);
      use.over_ = true;
    }
    done(std::move(failure));
  };
  try {
    absl::MutexLock configuring(&configuring_);
    const Pairs before = configuration.Overrides();
    if (!setting.is_reset) {
      configuration.Set(*setting.key, *setting.value);
    } else if (setting.key) {
      configuration.Unset(*setting.key);
    } else {
      configuration.UnsetAll();
    }
    Configured(before, kept);
  } catch (const spark::Error& error) {
    // The engine is less strict than we are. Its follower is given up, so that nobody sees a half.
    done(wire::FailureOf(error));
  }
}

void GatewaySession::Configure(
    const grpc::Slice& request,
    std::function<void(std::optional<wire::Failure> failure, std::string answer)> done) {
  std::string answer;
  std::optional<wire::Failure> refused;
  {
    absl::MutexLock configuring(&configuring_);
    const uint64_t version = session_.configuration().version();
    const Pairs before = session_.configuration().Overrides();
    try {
      answer = wire::AnswerConfig(request, &session_.configuration());
    } catch (const spark::Error& error) {
      refused = wire::FailureOf(error);  // Maybe of the second of two pairs; the first is set, as in Spark.
    }
    if (session_.configuration().version() != version) {
      return Configured(before, [done, answer, refused](std::optional<wire::Failure> failure) {
        done(failure ? std::move(failure) : refused, answer);
      });
    }
  }
  if (refused) return done(std::move(refused), "");
  opened_->Pass([done = std::move(done), answer = std::move(answer)] { done(std::nullopt, answer); });
}

/// Keeps what was just changed, or takes it back.
void GatewaySession::Configured(const Pairs& before, Kept done) {
  const Pairs after = session_.configuration().Overrides();
  journal_.Configure(session_, before, after,
                     [keep = session_.shared_from_this(), before, after,
                      done = std::move(done)](const absl::Status& status) {
                       if (!status.ok()) keep->configuration().TakeBack(before, after);
                       done(NotKept(status));
                     });
}

std::shared_ptr<const SessionChange> GatewaySession::MadeBefore(const std::string& operation_id) const {
  const auto found = made_before_.find(operation_id);
  return found == made_before_.end() ? nullptr : found->second;
}

size_t GatewaySession::changes() const {
  SessionSnapshot snapshot;
  log_->Read(&snapshot);
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
    if (wire::IsCacheBlock(name) || *artifacts_[found->second].content == content) return;
    if (!wire::MayReplaceArtifact(name)) throw wire::ArtifactAlreadyExists(name);
  }
  if (artifact_bytes_ + content.size() > kArtifactBytesMax) {
    throw spark::Error::Decline("more than 3 GiB of artifacts in a session");
  }
  artifact_bytes_ += content.size();
  artifact_indices_[name] = artifacts_.size();
  artifacts_.push_back({std::move(name), std::make_shared<const std::string>(std::move(content))});
}

void GatewaySession::KeepArtifacts(Kept done) {
  std::vector<Artifact> unkept;
  size_t first;
  {
    absl::MutexLock lock(&mutex_);
    if (keeping_) {
      keep_next_.push_back(std::move(done));
      return;
    }
    first = artifacts_kept_;
    unkept.assign(artifacts_.begin() + static_cast<ptrdiff_t>(first), artifacts_.end());
    keeping_ = !unkept.empty();
  }
  if (unkept.empty()) {
    return opened_->Pass([done = std::move(done)] { done(std::nullopt); });
  }
  const size_t end = first + unkept.size();
  journal_.AddArtifacts(
      session_, first, std::move(unkept),
      [this, keep = session_.shared_from_this(), end, done = std::move(done)](const absl::Status& status) {
        std::vector<Kept> next;
        {
          absl::MutexLock lock(&mutex_);
          keeping_ = false;
          if (status.ok()) artifacts_kept_ = end;
          next.swap(keep_next_);
        }
        done(NotKept(status));
        for (Kept& waiting : next) KeepArtifacts(std::move(waiting));
      });
}

std::optional<uint64_t> GatewaySession::ArtifactBytes(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  // One that is not kept yet may never be.
  const auto found = artifact_indices_.find(name);
  if (found == artifact_indices_.end() || found->second >= artifacts_kept_) return std::nullopt;
  return artifacts_[found->second].content->size();
}

}  // namespace hearth::gateway
