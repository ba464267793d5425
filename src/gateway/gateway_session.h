#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fleet/cluster.h"
#include "gateway/artifact_sender.h"
#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"
#include "wire/failure.h"
#include "wire/session.h"

namespace hearth::gateway {

/// What the gateway keeps for a session: which sessions stand for it on clusters, what configuration each of
/// them has already, and whether it has state that only one cluster has (its home). Thread-safe.
///
/// A session without a home can run anywhere, because its configuration is replayed wherever it goes. One
/// with a home is lost with it: it never goes on silently empty.
class GatewaySession final : public wire::SessionState {
 public:
  explicit GatewaySession(wire::Session& session) : session_(session) {}
  ~GatewaySession() override;

  // ---- state on a cluster ----

  /// The cluster that has the session's state, or nullptr.
  std::shared_ptr<fleet::Cluster> home() const;
  /// Its home died. Every operation is answered with SESSION_CHANGED.
  bool lost() const;
  /// Why it is bound to its home, for people; "" without one.
  std::string home_reason() const;

  /// An operation that changes the session is about to run on this cluster. False if the session's home is
  /// another.
  bool BeginEffect(const std::shared_ptr<fleet::Cluster>& cluster);
  /// It is over. `kept`: the cluster may have state now. Every BeginEffect that was true is followed by one.
  void EndEffect(bool kept, const std::string& reason);

  /// A cluster died. Losing its home loses the session, if there was state on it.
  void OnDeath(const fleet::Cluster& cluster);

  /// From now on its configuration is also changed by SQL on its cluster, which alone knows it.
  void SetConfiguredByCluster();
  bool configured_by_cluster() const;

  // ---- artifacts ----

  /// Keeps an artifact for every cluster that the session comes to. One of the same name stays as it is: the
  /// name of a cached block is its hash. Throws spark::Error if the session has too many bytes of them.
  void AddArtifact(std::string name, std::string content);
  bool HasArtifact(const std::string& name) const;

  // ---- sessions on clusters ----

  /// Calls `ready` when the session on this cluster exists and has our configuration and artifacts, at once
  /// if it has.
  using Ready = std::function<void(std::optional<wire::Failure> failure, const BackendSessionName& name)>;
  void Prepare(const std::shared_ptr<ClusterLink>& link, Ready ready);

  /// Releases its sessions on all clusters.
  void Release();

 private:
  using Pairs = wire::SessionConfiguration::Pairs;
  struct Backend {
    std::shared_ptr<ClusterLink> link;
    BackendSessionName name;
    /// What the cluster's session has been told.
    Pairs applied;
    uint64_t applied_version = 0;
    /// How many of the artifacts it has, in the order they came.
    size_t artifacts_sent = 0;
    bool syncing = false;
    std::vector<Ready> waiting;
  };

  void Synchronize(const std::shared_ptr<Backend>& backend);
  void SynchronizeConfiguration(const std::shared_ptr<Backend>& backend, size_t artifacts_sent);
  void OnSynchronized(const std::shared_ptr<Backend>& backend, std::optional<wire::Failure> failure);

  wire::Session& session_;
  mutable absl::Mutex mutex_;
  std::map<const fleet::Cluster*, std::shared_ptr<Backend>> backends_ ABSL_GUARDED_BY(mutex_);
  std::vector<Artifact> artifacts_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> artifact_names_ ABSL_GUARDED_BY(mutex_);
  size_t artifact_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<fleet::Cluster> home_ ABSL_GUARDED_BY(mutex_);
  int effects_running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool has_state_ ABSL_GUARDED_BY(mutex_) = false;
  std::string home_reason_ ABSL_GUARDED_BY(mutex_);
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;
  bool configured_by_cluster_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::gateway
