#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "fleet/fleet.h"
#include "gateway/admission.h"
#include "gateway/deadlines.h"
#include "gateway/heartbeat.h"
#include "gateway/operation_record.h"
#include "gateway/result_ring.h"
#include "gateway/router.h"
#include "gateway/size_signal.h"
#include "wire/executor.h"
#include "wire/session_table.h"
#include "wire/spool.h"
#include "wire/workers.h"

namespace hearth::gateway {

/// What stands behind the Connect server of `hearth serve`: every operation is carried out by clusters of the
/// fleet, which the client never sees. Event-driven: no thread waits for a cluster. Thread-safe.
class Gateway final : public wire::Executor {
 public:
  struct Options {
    wire::Limits limits;
    fleet::Fleet::Options fleet;
    Admission::Limits admission;
    /// Finished operations that `hearth status` shows.
    size_t finished_operations_max = 256;
    /// What the store has lost, in words, for the operator.
    std::vector<std::string> losses;
    /// Gets each finished operation as a line of JSON.
    OperationLog::Sink operation_sink;
    /// What clusters of Apache Spark are to know of the catalog; nullptr: nothing.
    std::shared_ptr<CatalogMirror> mirror;
    /// Whose tables plans name; nullptr: nobody's.
    std::shared_ptr<catalog::Catalog> catalog;
    /// What operations have needed; nullptr: nothing is known, nor kept.
    std::shared_ptr<KeptHistory> history;
    /// Short results, for the next gateway; nullptr: they end with this one.
    std::shared_ptr<ResultRing> results;
  };

  Gateway(Options options, std::unique_ptr<Journal> journal, const base::Clock* clock);
  ~Gateway() override;

  // ---- wire::Executor ----
  absl::Status RestoreSessions(wire::SessionTable& sessions) override;
  std::unique_ptr<wire::SessionState> OpenSession(wire::Session& session) override;
  void CloseSession(wire::Session& session, bool stays_closed, std::function<void()> done) override;
  void Execute(std::shared_ptr<wire::Operation> operation) override;
  std::optional<wire::ExecuteRequest> BegunEarlier(wire::Session& session,
                                                   const std::string& operation_id) override;
  void Analyze(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) override;
  void CloneSession(std::shared_ptr<wire::Session> source, std::shared_ptr<wire::Session> clone,
                    Cloned done) override;
  void AddArtifact(wire::Session& session, std::string name, std::string content) override;
  bool HasArtifact(wire::Session& session, const std::string& name) override;
  void KeepArtifacts(std::shared_ptr<wire::Session> session,
                     std::function<void(std::optional<wire::Failure> failure)> done) override;
  void Configure(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) override;

  /// Call it ten times a second.
  void Observe() { fleet_.Observe(); }
  /// Call it every now and then.
  void Sweep();

  /// Ends all clusters. Operations that still run fail.
  void Stop() { fleet_.Stop(); }

  /// Clusters, sessions and operations as JSON.
  std::string StatusJson(const wire::SessionTable& sessions) const;

  /// Ends the operations of this id in all sessions, for the operator: true if there was one. (Clients choose
  /// their ids, so two sessions may have the same.)
  static bool Cancel(const wire::SessionTable& sessions, std::string_view operation_id);

  OperationLog::Counts operation_counts() const { return log_.counts(); }

 private:
  /// `state` is what the session is about to get. Returned for that.
  std::unique_ptr<GatewaySession> Remember(wire::Session& session, std::unique_ptr<GatewaySession> state);
  struct LivingSession {
    std::shared_ptr<wire::Session> session;
    /// The session itself may not have it yet: it is being opened.
    GatewaySession* state;
  };
  std::vector<LivingSession> LivingSessions();
  void NoteUses(base::Instant now);
  void OnClusterChange(const std::shared_ptr<fleet::Cluster>& cluster);
  void Relay(const std::shared_ptr<wire::Operation>& operation);

  const Options options_;
  const base::Clock& clock_;
  OperationLog log_;
  Admission admission_;
  absl::Mutex mutex_;
  /// Sessions that live, to tell them of dead clusters.
  struct Living {
    std::weak_ptr<wire::Session> session;
    GatewaySession* state = nullptr;
  };
  std::map<wire::Session*, Living> sessions_ ABSL_GUARDED_BY(mutex_);
  /// Where results wait for slow clients.
  const std::shared_ptr<wire::SpoolSpace> spool_;
  /// When the times of use were kept. Of the thread that sweeps.
  base::Instant uses_kept_;
  base::Instant history_kept_;
  /// What earlier servers had answered and is gone, in words. Set once, before there are calls.
  std::vector<std::string> losses_;
  /// Before the fleet, whose thread calls it until the fleet is gone.
  Router router_;
  fleet::Fleet fleet_;
  Heartbeat heartbeat_;
  /// What waits for it goes on to the router when it ends.
  const std::unique_ptr<Journal> journal_;
  Deadlines deadlines_;
  /// Has threads, which go on to the router.
  SizeSignal sizes_;
  wire::Workers workers_;
};

}  // namespace hearth::gateway
