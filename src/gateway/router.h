#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fleet/fleet.h"
#include "gateway/catalog_mirror.h"
#include "gateway/cluster_link.h"
#include "gateway/gateway_session.h"
#include "wire/failure.h"
#include "wire/session.h"

namespace hearth::gateway {

/// Where an attempt of an operation goes: a cluster, the connection to it, and the session that stands there
/// for the client's. Gives back what it holds when it is destroyed.
struct Route {
  fleet::Lease lease;
  std::shared_ptr<ClusterLink> link;
  std::unique_ptr<GatewaySession::Use> use;
  const BackendSessionName& session() const { return use->name(); }
};

/// Finds routes, waiting for clusters that start. Owns the connections. Thread-safe.
class Router {
 public:
  /// `mirror`: of the catalog, for clusters of Apache Spark; nullptr: there is no catalog.
  Router(fleet::Fleet& fleet, const wire::Limits& limits, std::shared_ptr<CatalogMirror> mirror)
      : fleet_(fleet), limits_(limits), mirror_(std::move(mirror)) {}

  /// What a route is to be found for: a session that is at `bound`. `alone`: see GatewaySession::Prepare.
  struct Errand {
    std::shared_ptr<wire::Session> session;
    SessionSnapshot bound;
    bool alone = false;
    /// The user and where the session has been are the router's to say.
    placement::Request request;
    /// See fleet::Want.
    std::function<void(uint64_t lease, placement::Restart::Why why)> restart = nullptr;
  };
  /// A cluster that dies meanwhile is replaced, a few times.
  using Found = std::function<void(std::optional<wire::Failure> failure, std::shared_ptr<Route> route)>;
  struct Search;
  static std::shared_ptr<Search> Prepare(Errand errand, Found found);
  /// Calls `found` once, maybe at once.
  void Find(const std::shared_ptr<Search>& search);
  /// It need not wait for a cluster any more. True if it did: then `found` is never called.
  bool Abandon(Search& search);

  /// Of an engine; "" if it is not known.
  std::string VersionOf(const std::string& engine) const;

  /// There is an engine for what this failure says that another one declines.
  bool HasEngineAfter(const wire::Failure& failure, const std::string& engine) const;

  /// The connection of this route broke. Calls `dead` when its cluster is known to be dead, and the session
  /// to have lost what it had there.
  void GiveUp(const std::shared_ptr<wire::Session>& session, const std::shared_ptr<Route>& route,
              std::function<void()> dead);

  /// For the fleet to tell that a cluster is ready or dead.
  void OnChange(const std::shared_ptr<fleet::Cluster>& cluster);

  /// The connection to this cluster, which has an address.
  std::shared_ptr<ClusterLink> LinkTo(const std::shared_ptr<fleet::Cluster>& cluster);

 private:
  std::shared_ptr<fleet::Cluster> HomeOfGlobalViews(const std::string& engine);
  bool TakeAsHome(const std::shared_ptr<fleet::Cluster>& cluster);
  static void Conclude(Search& search, std::optional<wire::Failure> failure, std::shared_ptr<Route> route);
  void Continue(const std::shared_ptr<Search>& search);
  void OnLease(const std::shared_ptr<Search>& search, fleet::Lease lease);
  void CatchUp(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route);
  void OnPrepared(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route,
                  std::optional<wire::Failure> failure);

  fleet::Fleet& fleet_;
  const wire::Limits& limits_;
  const std::shared_ptr<CatalogMirror> mirror_;
  absl::Mutex mutex_;
  std::map<const fleet::Cluster*, std::shared_ptr<ClusterLink>> links_ ABSL_GUARDED_BY(mutex_);
  /// Where the global temporary views of each engine are.
  std::map<std::string, std::shared_ptr<fleet::Cluster>> homes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
