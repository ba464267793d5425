#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fleet/cluster.h"
#include "gateway/artifact_sender.h"
#include "gateway/begun_results.h"
#include "gateway/cluster_link.h"
#include "gateway/follower.h"
#include "gateway/gate.h"
#include "gateway/journal.h"
#include "gateway/profile_signal.h"
#include "gateway/session_log.h"
#include "spark/plan/command.h"
#include "wire/failure.h"
#include "wire/session.h"

namespace hearth::gateway {

/// What the gateway keeps for a session: all that it has been through, and the followers that stand for it on
/// clusters. No cluster has anything of it that is not here, so it goes on anywhere. Thread-safe.
class GatewaySession final : public wire::SessionState {
 public:
  /// What is told when a change is durable, or why it cannot be: then it has not happened.
  using Kept = std::function<void(std::optional<wire::Failure> failure)>;

  /// A new session, kept from now on.
  GatewaySession(wire::Session& session, Journal& journal);
  /// One that was kept.
  GatewaySession(wire::Session& session, Journal& journal, KeptSession kept);

  /// Becomes what another session was at `bound`. `done` when that is kept.
  void BecomeCloneOf(const GatewaySession& source, const SessionSnapshot& bound, Kept done);

  // ---- the order of what is done in it ----

  /// The turn of an operation that changes the session: the next begins when it is destroyed.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<wire::Session> session) : session_(std::move(session)) {}
    ~Turn() { session_->state<GatewaySession>().EndTurn(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    const std::shared_ptr<wire::Session> session_;
  };

  /// Calls `go` with what the session is, to which every attempt of the operation is bound: when all changes
  /// that were asked for before are over, at once if none is under way. `turn` is set for an operation that
  /// changes the session.
  using Go = std::function<void(SessionSnapshot bound, std::unique_ptr<Turn> turn)>;
  void Admit(bool changes, Go go);

  // ---- followers ----

  /// The use of a follower by one attempt; given back by its destructor.
  class Use;
  /// Calls `ready` when a follower on this cluster is at `bound`, at once if one is. `alone`: for a change;
  /// no other use begins before this one ends.
  using Ready = std::function<void(std::optional<wire::Failure> failure, std::unique_ptr<Use> use)>;
  void Prepare(const std::shared_ptr<ClusterLink>& link, const SessionSnapshot& bound, bool alone,
               Ready ready);

  /// A cluster died, and its followers with it.
  void OnDeath(const fleet::Cluster& cluster);
  /// Releases the followers.
  void Release();

  /// It has to do with global temporary views, which are on one cluster of each engine: from now on all that
  /// it does is done there, for its own views may read them.
  void UseGlobalViews() { uses_global_views_ = true; }
  bool uses_global_views() const { return uses_global_views_; }

  // ---- state ----

  /// The change that `use`, which stays until `done`, has made is to be the session's. To be called in a
  /// turn.
  void Commit(SessionChange change, Use& use, Kept done);
  void Commit(const spark::SetConfiguration& setting, Use& use, Kept done);
  /// Answers a ConfigRequest: `done` gets Spark's error or the encoded answer.
  void Configure(const grpc::Slice& request,
                 std::function<void(std::optional<wire::Failure> failure, std::string answer)> done);
  /// The change that this operation made when an earlier server had the session; nullptr if it made none.
  std::shared_ptr<const SessionChange> MadeBefore(const std::string& operation_id) const;
  /// Those of its operations that may go on when this server is lost.
  BegunResults& begun() { return begun_; }
  /// How its client asks.
  ProfileSignal& profile() { return profile_; }
  /// How many there were since this server has the session, with this one.
  uint64_t CountOperation() { return ++operations_; }
  /// See SessionLog.
  bool KnowsView(const std::string& view) const { return log_->Knows(view); }
  bool full() const { return log_->full(); }

  /// Keeps an artifact for every cluster that the session comes to. Throws spark::Error
  /// ARTIFACT_ALREADY_EXISTS if there is another one of its name that it may not replace, and if the session
  /// has too many bytes of them.
  void AddArtifact(std::string name, std::string content);
  /// `done` when those added so far are kept.
  void KeepArtifacts(Kept done);
  bool HasArtifact(const std::string& name) const { return ArtifactBytes(name).has_value(); }
  std::optional<uint64_t> ArtifactBytes(const std::string& name) const;

  /// How many changes a new follower repeats, and on which clusters followers are.
  size_t changes() const;
  std::vector<std::string> clusters() const;

 private:
  using Pairs = wire::SessionConfiguration::Pairs;
  struct Waiting {
    SessionSnapshot bound;
    bool alone;
    Ready ready;
  };
  /// A follower and who wants it.
  struct Stand {
    std::shared_ptr<Follower> follower;
    /// It is on its way somewhere, or used alone.
    bool busy = false;
    /// Attempts that it got which have not shown yet that the cluster has read what they asked: before, it
    /// must not go on.
    int not_begun = 0;
    std::deque<Waiting> waiting;
  };
  struct Admission {
    bool changes;
    Go go;
  };

  void AdmitOpened(bool changes, Go go);
  void EndTurn();
  void Configured(const Pairs& before, Kept done);
  SessionSnapshot SnapshotLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Serve(const std::shared_ptr<Stand>& stand);
  void OnMoved(const std::shared_ptr<Stand>& stand, const std::optional<wire::Failure>& failure);
  void Drop(const std::shared_ptr<Stand>& stand) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  wire::Session& session_;
  Journal& journal_;
  /// Open when it is durable that there is this session: no answer of it leaves before.
  const std::shared_ptr<Gate> opened_ = std::make_shared<Gate>();
  std::unique_ptr<SessionLog> log_;
  BegunResults begun_;
  /// Changes that an earlier server made, by their operations. Never changes.
  std::map<std::string, std::shared_ptr<const SessionChange>> made_before_;
  std::atomic<bool> uses_global_views_{false};
  ProfileSignal profile_;
  std::atomic<uint64_t> operations_{0};
  /// Held while a configuration is changed and handed to the journal, so that both have the same order.
  absl::Mutex configuring_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  std::map<const fleet::Cluster*, std::shared_ptr<Stand>> stands_ ABSL_GUARDED_BY(mutex_);
  bool turn_taken_ ABSL_GUARDED_BY(mutex_) = false;
  /// Somebody hands out turns, and goes on as long as there are any to be had.
  bool admitting_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Admission> admissions_ ABSL_GUARDED_BY(mutex_);
  /// Of the configuration's version below, shared by the snapshots.
  std::shared_ptr<const Pairs> configuration_ ABSL_GUARDED_BY(mutex_);
  uint64_t configuration_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Artifact> artifacts_ ABSL_GUARDED_BY(mutex_);
  /// The latest of each name.
  std::map<std::string, size_t> artifact_indices_ ABSL_GUARDED_BY(mutex_);
  size_t artifact_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  /// So many of them are kept. One call at a time keeps more; the others wait.
  size_t artifacts_kept_ ABSL_GUARDED_BY(mutex_) = 0;
  bool keeping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Kept> keep_next_ ABSL_GUARDED_BY(mutex_);
};

class GatewaySession::Use {
 public:
  Use(std::shared_ptr<wire::Session> session, std::shared_ptr<Stand> stand, bool alone)
      : session_(std::move(session)), stand_(std::move(stand)), alone_(alone) {}
  /// A follower that was used alone for a change which did not become the session's is given up.
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  const BackendSessionName& name() const { return stand_->follower->name(); }
  /// See Follower.
  std::optional<wire::Failure> WhyNot(const grpc::Slice& plan, const Name& made) const;
  /// The cluster has answered: it has read what the session is.
  void Begun();

 private:
  friend class GatewaySession;
  GatewaySession& owner() const { return session_->state<GatewaySession>(); }

  const std::shared_ptr<wire::Session> session_;
  const std::shared_ptr<Stand> stand_;
  const bool alone_;
  bool over_ = false;
};

}  // namespace hearth::gateway
