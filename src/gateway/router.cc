#include "gateway/router.h"

#include <optional>
#include <utility>

#include "gateway/cluster_notes.h"
#include "spark/error.h"

namespace hearth::gateway {

namespace {

/// Clusters that die while a session is set up there.
constexpr int kTriesMax = 3;

wire::Failure NoCluster(const absl::Status& status) {
  const std::string why(status.message());
  return wire::FailureOf(spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                                                   "There is no cluster to run this on: " + why));
}

}  // namespace

struct Router::Search {
  std::shared_ptr<wire::Session> session;
  SessionSnapshot bound;
  bool alone;
  std::string engine;
  Found found;
  int tries = 0;
};

void Router::Find(const std::shared_ptr<wire::Session>& session, const SessionSnapshot& bound, bool alone,
                  const std::string& engine, Found found) {
  Continue(std::make_shared<Search>(Search{session, bound, alone, engine, std::move(found)}));
}

bool Router::HasEngineAfter(const wire::Failure& failure, const std::string& engine) const {
  return failure.declined() && engine == fleet::kNativeEngine && fleet_.Has(fleet::kSparkEngine);
}

std::shared_ptr<fleet::Cluster> Router::HomeOfGlobalViews(const std::string& engine) {
  absl::MutexLock lock(&mutex_);
  const auto home = homes_.find(engine);
  return home == homes_.end() ? nullptr : home->second;
}

/// False if another one is it.
bool Router::TakeAsHome(const std::shared_ptr<fleet::Cluster>& cluster) {
  {
    absl::MutexLock lock(&mutex_);
    if (cluster->state() == fleet::ClusterState::kDead) return true;  // Nothing will be there.
    std::shared_ptr<fleet::Cluster>& home = homes_[cluster->engine()];
    const bool is_lost = home == nullptr || home->state() == fleet::ClusterState::kDraining ||
                         home->state() == fleet::ClusterState::kDead;
    if (!is_lost) return home == cluster;
    home = cluster;
  }
  cluster->Keep();
  cluster->Remember(kGlobalViewsNote);
  return true;
}

void Router::Continue(const std::shared_ptr<Search>& search) {
  ++search->tries;
  if (search->session->state<GatewaySession>().uses_global_views()) {
    const auto home = HomeOfGlobalViews(search->engine);
    auto lease = home ? fleet_.Join(home, "global temporary views are there") : std::nullopt;
    if (lease) return OnLease(search, *std::move(lease));
  }
  fleet_.Acquire(search->engine, [this, search](absl::StatusOr<fleet::Lease> lease) {
    lease.ok() ? OnLease(search, *std::move(lease)) : search->found(NoCluster(lease.status()), nullptr);
  });
}

void Router::OnLease(const std::shared_ptr<Search>& search, fleet::Lease lease) {
  const bool uses_global_views = search->session->state<GatewaySession>().uses_global_views();
  if (uses_global_views && !TakeAsHome(lease.cluster()) && search->tries < kTriesMax) {
    lease = fleet::Lease();
    return Continue(search);
  }
  auto route = std::make_shared<Route>();
  route->link = LinkTo(lease.cluster());
  route->lease = std::move(lease);
  const bool is_mirrored = mirror_ != nullptr && search->engine == fleet::kSparkEngine;
  if (!is_mirrored) return Prepare(search, route);
  mirror_->Update(route->link, [this, search, route](std::optional<wire::Failure> failure) {
    failure ? OnPrepared(search, route, std::move(failure)) : Prepare(search, route);
  });
}

void Router::Prepare(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route) {
  search->session->state<GatewaySession>().Prepare(
      route->link, search->bound, search->alone,
      [this, search, route](std::optional<wire::Failure> failure, std::unique_ptr<GatewaySession::Use> use) {
        route->use = std::move(use);
        OnPrepared(search, route, std::move(failure));
      });
}

void Router::OnPrepared(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route,
                        std::optional<wire::Failure> failure) {
  if (failure && wire::IsConnectionLost(*failure) && search->tries < kTriesMax) {
    GiveUp(search->session, route, [this, search] { Continue(search); });
  } else {
    const bool is_found = !failure;
    search->found(std::move(failure), is_found ? route : nullptr);
  }
}

void Router::GiveUp(const std::shared_ptr<wire::Session>& session, const std::shared_ptr<Route>& route,
                    std::function<void()> dead) {
  const std::shared_ptr<fleet::Cluster>& cluster = route->lease.cluster();
  fleet_.GiveUp(cluster, [session, cluster, dead = std::move(dead)] {
    session->state<GatewaySession>().OnDeath(*cluster);
    dead();
  });
}

std::shared_ptr<ClusterLink> Router::LinkTo(const std::shared_ptr<fleet::Cluster>& cluster) {
  absl::MutexLock lock(&mutex_);
  if (cluster->state() == fleet::ClusterState::kDead) return std::make_shared<ClusterLink>(cluster, limits_);
  std::shared_ptr<ClusterLink>& link = links_[cluster.get()];
  if (link == nullptr) link = std::make_shared<ClusterLink>(cluster, limits_);
  return link;
}

void Router::OnChange(const std::shared_ptr<fleet::Cluster>& cluster) {
  if (cluster->state() != fleet::ClusterState::kDead) {
    const std::shared_ptr<ClusterLink> link = LinkTo(cluster);
    link->Connect();
    if (cluster->left_notes().count(kGlobalViewsNote) != 0) TakeAsHome(cluster);
    ReleaseLeftSessions(link);
    return;
  }
  if (mirror_ != nullptr) mirror_->Forget(*cluster);
  std::shared_ptr<ClusterLink> outlives_lock;
  absl::MutexLock lock(&mutex_);
  if (const auto home = homes_.find(cluster->engine()); home != homes_.end() && home->second == cluster)
    homes_.erase(home);
  const auto found = links_.find(cluster.get());
  if (found == links_.end()) return;
  outlives_lock = std::move(found->second);
  links_.erase(found);
}

}  // namespace hearth::gateway
