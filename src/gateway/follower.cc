#include "gateway/follower.h"

#include <set>
#include <utility>

#include "gateway/cluster_notes.h"
#include "gateway/command_call.h"
#include "gateway/session_effect.h"
#include "spark/error.h"
#include "wire/uuid.h"

namespace hearth::gateway {

/// One way from where it is to a target.
struct Follower::Move {
  SessionSnapshot target;
  std::vector<Artifact> artifacts;
  /// The first change of the target that it has not.
  size_t next = 0;
  Done done;
};

namespace {

wire::Failure CannotRepeat(const SessionChange& change, const ClusterLink& link, const grpc::Status& status) {
  wire::Failure failure = wire::FailureOf(status);
  if (wire::IsConnectionLost(failure) || failure.declined()) return failure;
  const std::string what = change.kind + (change.name().empty() ? "" : " of " + change.name().text);
  return wire::FailureOf(spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                                                   "The session could not be set up on the cluster " +
                                                       link.cluster().id() + ", where its " + what +
                                                       ", made before, failed: " + status.error_message()));
}

}  // namespace

Follower::Follower(std::shared_ptr<ClusterLink> link, const std::string& user_id)
    : link_(std::move(link)), name_{user_id, wire::NewUuid()} {
  link_->cluster().Remember(NoteOf(name_));
}

Follower::~Follower() {
  // A dead cluster has released it too.
  link_->Call("ReleaseSession", ReleaseSessionRequest(name_),
              [link = link_, note = NoteOf(name_)](const grpc::Status& status, const grpc::ByteBuffer&) {
                if (status.ok()) link->cluster().Forget(note);
              });
}

bool Follower::IsAt(const SessionSnapshot& target) const {
  return position_ == target.position && artifacts_sent_ >= target.artifacts &&
         (configuration_ == target.configuration || *configuration_ == *target.configuration);
}

void Follower::NoteSetting(const spark::SetConfiguration& setting) {
  Pairs pairs = *configuration_;
  Apply(setting, &pairs);
  configuration_ = std::make_shared<const Pairs>(std::move(pairs));
}

void Follower::MoveTo(SessionSnapshot target, std::vector<Artifact> artifacts, Done done) {
  auto move = std::make_shared<Move>();
  move->target = std::move(target);
  move->artifacts = std::move(artifacts);
  move->done = std::move(done);
  while (move->next < move->target.changes->size() &&
         (*move->target.changes)[move->next].position <= position_) {
    ++move->next;
  }
  SendArtifacts(move);
}

void Follower::SendArtifacts(const std::shared_ptr<Move>& move) {
  if (move->artifacts.empty()) return NextChange(move);
  gateway::SendArtifacts(*link_, name_, std::move(move->artifacts),
                         [self = shared_from_this(), move](const grpc::Status& status) {
                           if (!status.ok()) return move->done(wire::FailureOf(status));
                           self->artifacts_sent_ = move->target.artifacts;
                           self->NextChange(move);
                         });
}

void Follower::NextChange(const std::shared_ptr<Move>& move) {
  if (move->next == move->target.changes->size()) {
    position_ = move->target.position;
    return Configure(move->target.configuration, move, [move] { move->done(std::nullopt); });
  }
  const SessionSnapshot::Entry& entry = (*move->target.changes)[move->next];
  const SessionChange& change = *entry.change;
  if (const wire::Failure* why_not = WhyNot(change.plan, change.name())) return OnChange(move, *why_not);
  Configure(change.configuration, move, [self = shared_from_this(), move, &change] {
    RunForEffect(self->link_, self->name_, change.plan, [self, move, &change](const grpc::Status& status) {
      self->OnChange(move,
                     status.ok() ? std::nullopt : std::optional(CannotRepeat(change, *self->link_, status)));
    });
  });
}

void Follower::OnChange(const std::shared_ptr<Move>& move, std::optional<wire::Failure> failure) {
  const SessionSnapshot::Entry& entry = (*move->target.changes)[move->next];
  const SessionChange& change = *entry.change;
  if (failure && wire::IsConnectionLost(*failure)) return move->done(std::move(failure));
  NoteChange(entry.position, change);
  // What cannot be dropped is not there.
  if (failure && !change.is_drop) Miss(move->target, change, *failure);
  ++move->next;
  NextChange(move);
}

void Follower::Miss(const SessionSnapshot& target, const SessionChange& change, const wire::Failure& why) {
  if (change.name().empty()) {
    astray_ = why;
    return;
  }
  std::set<Name> names = {change.name()};
  AddReaders(*target.changes, &names);
  for (const Name& name : names) missing_.emplace(name, why);
}

void Follower::NoteChange(uint64_t position, const SessionChange& change) {
  position_ = position;
  missing_.erase(change.name());
}

const wire::Failure* Follower::WhyNot(const grpc::Slice& plan, const Name& made) const {
  if (astray_) return &*astray_;
  for (const auto& [missing, why] : missing_) {
    if (MayRead(plan, missing.text, missing == made)) return &why;
  }
  return nullptr;
}

/// Tells the cluster what is to be otherwise: what to set, then what to unset.
void Follower::Configure(const std::shared_ptr<const Pairs>& pairs, const std::shared_ptr<Move>& move,
                         std::function<void()> then) {
  Pairs set;
  std::set<std::string> unset;
  for (const auto& [key, value] : *pairs) {
    const auto told = configuration_->find(key);
    if (told == configuration_->end() || told->second != value) set.emplace(key, value);
  }
  for (const auto& [key, value] : *configuration_) {
    if (pairs->count(key) == 0) unset.insert(key);
  }
  auto finish = [self = shared_from_this(), move, pairs, then = std::move(then)](const grpc::Status& status) {
    if (!status.ok()) return move->done(wire::FailureOf(status));
    self->configuration_ = pairs;
    then();
  };
  auto send_unset = [self = shared_from_this(), unset, finish](const grpc::Status& status) {
    if (!status.ok() || unset.empty()) return finish(status);
    self->link_->Call("Config", ConfigUnsetRequest(self->name_, unset),
                      [finish](const grpc::Status& done, const grpc::ByteBuffer&) { finish(done); });
  };
  if (set.empty()) return send_unset(grpc::Status::OK);
  link_->Call("Config", ConfigSetRequest(name_, set),
              [send_unset](const grpc::Status& done, const grpc::ByteBuffer&) { send_unset(done); });
}

}  // namespace hearth::gateway
