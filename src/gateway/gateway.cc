#include "gateway/gateway.h"

#include <spark/connect/base.pb.h>

#include <utility>
#include <vector>

#include "gateway/plan_summary.h"
#include "gateway/relayed_call.h"
#include "gateway/relayed_operation.h"
#include "gateway/session_effect.h"
#include "spark/error.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {
/// Looking through a plan up to this size costs less than another thread.
constexpr size_t kInlineBytesMax = size_t{16} << 10;
}  // namespace

Gateway::Gateway(Options options, std::unique_ptr<Journal> journal, const base::Clock* clock)
    : options_(std::move(options)),
      clock_(*clock),
      log_(options_.finished_operations_max, options_.operation_sink),
      admission_(options_.admission),
      spool_(std::make_shared<wire::SpoolSpace>(options_.fleet.temp_directory, options_.limits.spool)),
      router_(fleet_, options_.limits, options_.mirror),
      fleet_(
          [this] {
            fleet::Fleet::Options fleet = options_.fleet;
            fleet.on_change = [this](const std::shared_ptr<fleet::Cluster>& cluster) {
              OnClusterChange(cluster);
            };
            return fleet;
          }(),
          clock),
      heartbeat_(fleet_, router_),
      journal_(std::move(journal)),
      deadlines_(clock),
      workers_({.name = "gateway", .threads_max = 4}) {}

Gateway::~Gateway() {
  Stop();
  deadlines_.Stop();  // They call the workers, who may still ask for others.
}

void Gateway::Sweep() {
  fleet_.Sweep();
  heartbeat_.Tick(clock_.Now());
}

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
  Remember(session);
  return std::make_unique<GatewaySession>(session, *journal_);
}

void Gateway::RestoreSessions(wire::SessionTable& sessions) {
  const auto restore = [&](const KeptSession& kept) {
    sessions.Restore(kept.key, kept.server_side_id, [&](wire::Session& session) {
      Remember(session);
      return std::make_unique<GatewaySession>(session, *journal_, kept);
    });
  };
  const auto log = [this](const std::string& what) {
    if (options_.fleet.log) options_.fleet.log(what);
  };
  const absl::Status status =
      journal_->Load(restore, [&](const std::string& what) { log("cannot bring back " + what); });
  if (!status.ok()) log("cannot bring back all sessions: " + std::string(status.message()));
}

void Gateway::Remember(wire::Session& session) {
  absl::MutexLock lock(&mutex_);
  sessions_[&session] = session.weak_from_this();
}

void Gateway::CloseSession(wire::Session& session, std::function<void()> done) {
  {
    absl::MutexLock lock(&mutex_);
    sessions_.erase(&session);
  }
  session.state<GatewaySession>().Release();
  journal_->Close(session, std::move(done));
}

void Gateway::Execute(std::shared_ptr<wire::Operation> operation) {
  operation->results().SpoolInto(spool_);
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
  PlanFacts facts = FactsOf(plan);
  SessionEffect effect;
  if (facts.operation_class != OperationClass::kReadOnly) {
    effect = SessionEffectOf(plan);
    // A view of the session hides others of its name.
    if (effect.is_drop && !effect.view.empty() &&
        operation->session().state<GatewaySession>().KnowsView(effect.view)) {
      facts.operation_class = OperationClass::kSessionEffect;
      facts.portable = true;
    }
    // Of a setting that only a cluster understands nobody could tell the session.
    if (facts.configures && !effect.setting) facts.portable = false;
  }
  std::make_shared<RelayedOperation>(operation, std::move(facts), std::move(effect), Summarize(plan),
                                     admission_, router_, log_,
                                     ResultRelay::Surroundings{options_.limits, deadlines_, workers_}, clock_)
      ->Begin();
}

void Gateway::Analyze(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) {
  std::make_shared<RelayedCall>(RelayedCall::kAnalyzePlan, std::move(session), std::move(request),
                                std::move(reply), admission_, router_)
      ->Begin();
}

void Gateway::CloneSession(std::shared_ptr<wire::Session> source, std::shared_ptr<wire::Session> clone,
                           Cloned done) {
  auto& state = source->state<GatewaySession>();
  // After the changes that were asked for before.
  state.Admit(/*changes=*/false,
              [source, clone, done = std::move(done)](const SessionSnapshot& bound,
                                                      const std::unique_ptr<GatewaySession::Turn>&) {
                clone->state<GatewaySession>().BecomeCloneOf(source->state<GatewaySession>(), bound, done);
              });
}

void Gateway::AddArtifact(wire::Session& session, std::string name, std::string content) {
  session.state<GatewaySession>().AddArtifact(std::move(name), std::move(content));
}

bool Gateway::HasArtifact(wire::Session& session, const std::string& name) {
  return session.state<GatewaySession>().HasArtifact(name);
}

void Gateway::KeepArtifacts(std::shared_ptr<wire::Session> session,
                            std::function<void(std::optional<wire::Failure> failure)> done) {
  session->state<GatewaySession>().KeepArtifacts(std::move(done));
}

bool Gateway::Cancel(const wire::SessionTable& sessions, std::string_view operation_id) {
  bool any = false;
  for (const auto& session : sessions.All())
    any |= session->operations().Cancel(operation_id, "Whoever runs the server ended it.");
  return any;
}

void Gateway::Configure(std::shared_ptr<wire::Session> session, grpc::Slice request, wire::Reply reply) {
  session->state<GatewaySession>().Configure(
      request, [reply](const std::optional<wire::Failure>& failure, std::string answer) {
        failure ? reply.Fail(*failure) : reply.Send(std::move(answer));
      });
}

}  // namespace hearth::gateway
