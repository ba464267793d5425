#include "gateway/gateway.h"

#include <spark/connect/base.pb.h>

#include <utility>
#include <vector>

#include "gateway/relayed_call.h"
#include "gateway/relayed_operation.h"
#include "spark/error.h"
#include "spark/fingerprint/plan_facts.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {
/// Looking through a plan up to this size costs less than another thread.
constexpr size_t kInlineBytesMax = size_t{64} << 10;
}  // namespace

Gateway::Gateway(Options options, const base::Clock* clock)
    : options_(std::move(options)),
      clock_(*clock),
      log_(options_.finished_operations_max, options_.operation_sink),
      workers_({.name = "gateway", .threads_max = 4}),
      router_(fleet_, options_.limits),
      fleet_(
          [this] {
            fleet::Fleet::Options fleet = options_.fleet;
            fleet.on_change = [this](const std::shared_ptr<fleet::Cluster>& cluster) { OnClusterChange(cluster); };
            return fleet;
          }(),
          clock) {}

Gateway::~Gateway() { Stop(); }

void Gateway::OnClusterChange(const std::shared_ptr<fleet::Cluster>& cluster) {
  router_.OnChange(cluster);
  if (cluster->state() != fleet::ClusterState::kDead) return;
  std::vector<std::shared_ptr<wire::Session>> sessions;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [raw, weak] : sessions_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
  }
  for (const auto& session : sessions) session->state<GatewaySession>().OnDeath(*cluster);
}

std::unique_ptr<wire::SessionState> Gateway::OpenSession(wire::Session& session) {
  fleet_.Warm();  // Whoever opens a session is about to ask something.
  absl::MutexLock lock(&mutex_);
  sessions_[&session] = session.weak_from_this();
  return std::make_unique<GatewaySession>(session);
}

void Gateway::CloseSession(wire::Session& session) {
  {
    absl::MutexLock lock(&mutex_);
    sessions_.erase(&session);
  }
  session.state<GatewaySession>().Release();
}

void Gateway::Execute(std::shared_ptr<wire::Operation> operation) {
  if (operation->request().plan.size() <= kInlineBytesMax) return Relay(operation);
  workers_.Run([this, operation] {
    try {
      Relay(operation);
    } catch (...) {
      operation->results().Fail(wire::FailureOf(std::current_exception()));
      operation->MarkStopped();
    }
  });
}

void Gateway::Relay(const std::shared_ptr<wire::Operation>& operation) {
  ::spark::connect::Plan plan;
  wire::DecodeMessage(operation->request().plan, &plan, options_.limits.nesting_max);
  std::make_shared<RelayedOperation>(operation, spark::FactsOf(plan), router_, log_, clock_)->Begin();
}

void Gateway::Analyze(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) {
  std::make_shared<RelayedCall>(RelayedCall::kAnalyzePlan, std::move(session), std::move(request), std::move(reply),
                                router_)
      ->Begin();
}

void Gateway::Configure(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) {
  if (!session->state<GatewaySession>().configured_by_cluster()) {
    wire::Executor::Configure(std::move(session), std::move(request), std::move(reply));
    return;
  }
  std::make_shared<RelayedCall>(RelayedCall::kConfig, std::move(session), std::move(request), std::move(reply), router_)
      ->Begin();
}

}  // namespace hearth::gateway
