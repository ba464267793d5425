#include "gateway/router.h"

#include <optional>
#include <utility>

#include "spark/error.h"
#include "wire/protocol_error.h"

namespace hearth::gateway {

namespace {

wire::Failure NoCluster(const absl::Status& status) {
  const std::string why(status.message());
  return wire::FailureOf(spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {},
                                                   "There is no cluster to run this on: " + why));
}

}  // namespace

wire::Failure SessionLost(const wire::Session& session) {
  wire::Failure failure = wire::FailureOf(wire::InvalidHandle("SESSION_CHANGED", session.key().session_id));
  // No details to fetch, as from a Spark that restarted: PySpark closes itself on reading this, and would
  // then answer the user with its own failure to fetch them.
  failure.details.clear();
  return failure;
}

void Router::Find(const std::shared_ptr<wire::Session>& session, bool effect, Found found) {
  auto& state = session->state<GatewaySession>();
  if (state.lost()) return found(SessionLost(*session), nullptr);
  const std::shared_ptr<fleet::Cluster> home = state.home();
  fleet_.Acquire(home,
                 [this, session, effect, home, found = std::move(found)](absl::StatusOr<fleet::Lease> lease) {
                   if (lease.ok()) return OnLease(session, effect, *std::move(lease), found);
                   if (home != nullptr) {
                     // It is dead or on its way there.
                     session->state<GatewaySession>().OnDeath(*home);
                     return Find(session, effect, found);
                   }
                   found(NoCluster(lease.status()), nullptr);
                 });
}

void Router::OnLease(const std::shared_ptr<wire::Session>& session, bool effect, fleet::Lease lease,
                     Found found) {
  auto& state = session->state<GatewaySession>();
  // Another operation may have given the session a home meanwhile; then it goes there as well.
  if (effect && !state.BeginEffect(lease.cluster())) return Find(session, effect, std::move(found));
  auto route = std::make_shared<Route>();
  route->link = LinkTo(lease.cluster());
  route->lease = std::move(lease);
  state.Prepare(route->link, [session, effect, route, found = std::move(found)](
                                 std::optional<wire::Failure> failure, const BackendSessionName& name) {
    if (failure && effect) session->state<GatewaySession>().EndEffect(/*kept=*/false, "");
    route->session = name;
    found(std::move(failure), route);
  });
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
  std::shared_ptr<ClusterLink>& link = links_[cluster.get()];
  if (link == nullptr) link = std::make_shared<ClusterLink>(cluster, limits_);
  return link;
}

void Router::OnChange(const std::shared_ptr<fleet::Cluster>& cluster) {
  if (cluster->state() != fleet::ClusterState::kDead) {
    LinkTo(cluster)->Connect();
    return;
  }
  std::shared_ptr<ClusterLink> outlives_lock;
  absl::MutexLock lock(&mutex_);
  const auto found = links_.find(cluster.get());
  if (found == links_.end()) return;
  outlives_lock = std::move(found->second);
  links_.erase(found);
}

}  // namespace hearth::gateway
