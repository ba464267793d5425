#include "gateway/router.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "gateway/cluster_notes.h"
#include "spark/error.h"

namespace hearth::gateway {

namespace {

/// Clusters that die while a session is set up there.
constexpr int kTriesMax = 10;
/// What a session takes to get to a cluster where it has not been, roughly (`./dev bench move`).
constexpr std::chrono::milliseconds kCatchUp{1};
constexpr std::chrono::microseconds kCatchUpOfChange{500};

wire::Failure NoCluster(const absl::Status& status) {
  const std::string why(status.message());
  return wire::FailureOf(spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                                                   "There is no cluster to run this on: " + why));
}

}  // namespace

struct Router::Search {
  const Errand errand;
  int tries = 0;
  absl::Mutex mutex;
  /// Nothing once it was called, for it holds whoever asked.
  Found found ABSL_GUARDED_BY(mutex);
  /// See Fleet::Acquire; the latest.
  uint64_t waits ABSL_GUARDED_BY(mutex) = 0;
  bool abandoned ABSL_GUARDED_BY(mutex) = false;

  Search(Errand errand_, Found found_) : errand(std::move(errand_)), found(std::move(found_)) {}
  GatewaySession& session() const { return errand.session->state<GatewaySession>(); }
  const std::string& engine() const { return errand.request.engine; }
  Found TakeFound() {
    absl::MutexLock lock(&mutex);
    return std::exchange(found, nullptr);
  }
};

std::shared_ptr<Router::Search> Router::Prepare(Errand errand, Found found) {
  const auto& state = errand.session->state<GatewaySession>();
  errand.request.user = errand.session->key().user_id;
  errand.request.warm = state.clusters();
  errand.request.catch_up = kCatchUp + kCatchUpOfChange * state.changes();
  return std::make_shared<Search>(std::move(errand), std::move(found));
}

void Router::Find(const std::shared_ptr<Search>& search) { Continue(search); }

bool Router::Abandon(Search& search) {
  uint64_t waits;
  {
    absl::MutexLock lock(&search.mutex);
    search.abandoned = true;
    waits = search.waits;
  }
  return waits != 0 && fleet_.Withdraw(waits) && search.TakeFound() != nullptr;
}

void Router::Conclude(Search& search, std::optional<wire::Failure> failure, std::shared_ptr<Route> route) {
  if (const Found found = search.TakeFound()) found(std::move(failure), std::move(route));
}

std::string Router::VersionOf(const std::string& engine) const {
  for (const fleet::PoolOptions& pool : fleet_.options().pools) {
    if (pool.engine->name() == engine) return pool.engine->version();
  }
  return "";
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
  if (search->session().uses_global_views()) {
    const auto home = HomeOfGlobalViews(search->engine());
    auto lease =
        home ? fleet_.Join(home, search->errand.request, "global temporary views are there") : std::nullopt;
    if (lease) return OnLease(search, *std::move(lease));
  }
  const uint64_t waits = fleet_.Acquire({.request = search->errand.request,
                                         .use =
                                             [this, search](absl::StatusOr<fleet::Lease> lease) {
                                               lease.ok()
                                                   ? OnLease(search, *std::move(lease))
                                                   : Conclude(*search, NoCluster(lease.status()), nullptr);
                                             },
                                         .restart = search->errand.restart});
  bool abandoned;
  {
    absl::MutexLock lock(&search->mutex);
    // It may have been found and lost, and wait again, before Acquire came back.
    search->waits = std::max(search->waits, waits);
    abandoned = search->abandoned;
  }
  if (abandoned) fleet_.Withdraw(waits);
}

void Router::OnLease(const std::shared_ptr<Search>& search, fleet::Lease lease) {
  const bool uses_global_views = search->session().uses_global_views();
  if (uses_global_views && !TakeAsHome(lease.cluster()) && search->tries < kTriesMax) {
    lease = fleet::Lease();
    return Continue(search);
  }
  auto route = std::make_shared<Route>();
  route->link = LinkTo(lease.cluster());
  route->lease = std::move(lease);
  const bool is_mirrored = mirror_ != nullptr && search->engine() == fleet::kSparkEngine;
  if (!is_mirrored) return CatchUp(search, route);
  mirror_->Update(route->link, [this, search, route](std::optional<wire::Failure> failure) {
    failure ? OnPrepared(search, route, std::move(failure)) : CatchUp(search, route);
  });
}

void Router::CatchUp(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route) {
  search->session().Prepare(
      route->link, search->errand.bound, search->errand.alone,
      [this, search, route](std::optional<wire::Failure> failure, std::unique_ptr<GatewaySession::Use> use) {
        route->use = std::move(use);
        OnPrepared(search, route, std::move(failure));
      });
}

void Router::OnPrepared(const std::shared_ptr<Search>& search, const std::shared_ptr<Route>& route,
                        std::optional<wire::Failure> failure) {
  if (failure && wire::IsConnectionLost(*failure) && search->tries < kTriesMax) {
    GiveUp(search->errand.session, route, [this, search] { Continue(search); });
  } else {
    const bool is_found = !failure;
    Conclude(*search, std::move(failure), is_found ? route : nullptr);
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
