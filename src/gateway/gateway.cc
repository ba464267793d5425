#include "gateway/gateway.h"

#include <spark/connect/base.pb.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "gateway/plan_summary.h"
#include "gateway/relayed_call.h"
#include "gateway/relayed_operation.h"
#include "gateway/session_effect.h"
#include "spark/error.h"
#include "store/lease.h"
#include "wire/request.h"

namespace hearth::gateway {

namespace {
/// Looking through a plan up to this size costs less than another thread.
constexpr size_t kInlineBytesMax = size_t{16} << 10;
/// So often within the idle timeout it is kept which sessions were used: the next server lets none live
/// shorter or longer than by that part of it.
constexpr int kUsesKept = 60;
/// What operations needed is kept this often.
constexpr std::chrono::seconds kHistoryKept{5};
}  // namespace

Gateway::Gateway(Options options, std::unique_ptr<Journal> journal, const base::Clock* clock)
    : options_(std::move(options)),
      clock_(*clock),
      log_(options_.finished_operations_max, options_.operation_sink),
      admission_(options_.admission),
      spool_(std::make_shared<wire::SpoolSpace>(options_.fleet.temp_directory, options_.limits.spool)),
      losses_(options_.losses),
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
      sizes_(options_.catalog, options_.history ? options_.history : std::make_shared<KeptHistory>()),
      workers_({.name = "gateway", .threads_max = 4}) {}

Gateway::~Gateway() {
  Stop();
  deadlines_.Stop();  // They call the workers, who may still ask for others.
}

void Gateway::Sweep() {
  fleet_.Sweep();
  heartbeat_.Tick(clock_.Now());
  NoteUses(clock_.Now());
  if (clock_.Now() - history_kept_ >= kHistoryKept) {
    sizes_.Keep();
    history_kept_ = clock_.Now();
  }
  for (const LivingSession& living : LivingSessions())
    living.state->begun().Sweep(clock_.Now(), options_.limits.detached_timeout);
}

void Gateway::OnClusterChange(const std::shared_ptr<fleet::Cluster>& cluster) {
  router_.OnChange(cluster);
  if (cluster->state() != fleet::ClusterState::kDead) return;
  for (const LivingSession& living : LivingSessions()) living.state->OnDeath(*cluster);
}

std::vector<Gateway::LivingSession> Gateway::LivingSessions() {
  std::vector<LivingSession> sessions;
  absl::MutexLock lock(&mutex_);
  for (const auto& [raw, living] : sessions_) {
    if (auto session = living.session.lock()) sessions.push_back({std::move(session), living.state});
  }
  return sessions;
}

/// Keeps when sessions were used, every now and then.
void Gateway::NoteUses(base::Instant now) {
  if (now - uses_kept_ < options_.limits.session_idle_timeout / kUsesKept) return;
  const base::Instant before = std::exchange(uses_kept_, now);
  const std::vector<LivingSession> sessions = LivingSessions();
  std::vector<Journal::Use> uses;
  for (const auto& [session, state] : sessions) {
    const base::Instant used = session->last_used();
    const auto idle = std::chrono::duration_cast<std::chrono::milliseconds>(now - used);
    if (used >= before) uses.push_back({*session, store::WallClock() - idle});
  }
  journal_->NoteUses(uses);
}

std::unique_ptr<wire::SessionState> Gateway::OpenSession(wire::Session& session) {
  fleet_.Warm();  // Whoever opens a session is about to ask something.
  return Remember(session, std::make_unique<GatewaySession>(session, *journal_));
}

absl::Status Gateway::RestoreSessions(wire::SessionTable& sessions) {
  absl::StatusOr<Journal::Contents> contents = journal_->Load();
  if (!contents.ok()) return contents.status();
  const std::chrono::milliseconds now = store::WallClock();
  for (KeptSession& kept : contents->sessions) {
    const bool is_known = kept.last_used.count() > 0 && kept.last_used < now;
    // Whatever the downtime was, and however wrong a clock: its client gets a while to come back.
    const std::chrono::milliseconds longest = options_.limits.session_idle_timeout * 11 / 12;
    const std::chrono::milliseconds idle =
        is_known ? std::min(now - kept.last_used, longest) : std::chrono::milliseconds(0);
    sessions.Restore(kept.key, kept.server_side_id, idle, [&](wire::Session& session) {
      return Remember(session, std::make_unique<GatewaySession>(session, *journal_, std::move(kept)));
    });
  }
  for (const wire::SessionKey& key : contents->closed) sessions.RestoreClosed(key);
  for (const std::string& what : contents->damaged) {
    if (options_.fleet.log) options_.fleet.log("cannot bring back " + what);
  }
  losses_.insert(losses_.end(), contents->damaged.begin(), contents->damaged.end());
  return absl::OkStatus();
}

std::unique_ptr<GatewaySession> Gateway::Remember(wire::Session& session,
                                                  std::unique_ptr<GatewaySession> state) {
  absl::MutexLock lock(&mutex_);
  sessions_[&session] = {session.weak_from_this(), state.get()};
  return state;
}

void Gateway::CloseSession(wire::Session& session, bool stays_closed, std::function<void()> done) {
  {
    absl::MutexLock lock(&mutex_);
    sessions_.erase(&session);
  }
  session.state<GatewaySession>().Release();
  journal_->Close(session, stays_closed, std::move(done));
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
  if (facts.changes_global_views || MayUseGlobalViews(operation->request().plan))
    operation->session().state<GatewaySession>().UseGlobalViews();
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
  std::make_shared<RelayedOperation>(
      operation, std::move(facts), std::move(effect), Summarize(plan), admission_, router_, sizes_, log_,
      ResultRelay::Surroundings{options_.limits, deadlines_, workers_, options_.results.get()}, clock_)
      ->Begin();
}

std::optional<wire::ExecuteRequest> Gateway::BegunEarlier(wire::Session& session,
                                                          const std::string& operation_id) {
  const auto begun = session.state<GatewaySession>().begun().Earlier(operation_id);
  const std::string key = ResultRing::KeyOf(session.key(), operation_id);
  if (begun == nullptr && options_.results != nullptr && options_.results->Has(key)) {
    wire::ExecuteRequest whole;
    whole.operation_id = operation_id;
    whole.reattachable = true;
    return whole;
  }
  if (begun == nullptr) return std::nullopt;
  wire::ExecuteRequest request = begun->request;
  request.header.session_id = session.key().session_id;
  request.header.user_id = session.key().user_id;
  return request;
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
