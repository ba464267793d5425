#include "gateway/relayed_operation.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "gateway/error_details.h"
#include "spark/error.h"
#include "wire/protocol_error.h"
#include "wire/response.h"

namespace hearth::gateway {

namespace {

/// A change's answer is held back, and kept with it, up to this size.
constexpr size_t kHeldBytesMax = size_t{64} << 10;

std::string NameOf(OperationClass operation_class) {
  switch (operation_class) {
    case OperationClass::kReadOnly: return "read_only";
    case OperationClass::kSessionEffect: return "session_effect";
    case OperationClass::kExternalEffect: return "external_effect";
  }
  return "unknown";
}

/// What the client is told was decided where the operation was cancelled.
wire::Failure Cancelled() { return wire::FailureOf(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled")); }

/// Whose fault a failure is that an engine has answered.
std::string VerdictOf(const wire::Failure& failure) {
  const auto state = failure.metadata.find("sqlState");
  if (state == failure.metadata.end() || absl::StartsWith(state->second, "XX")) return "engine_suspect";
  return absl::StartsWith(state->second, "53") ? "resources" : "user_error";
}

std::string VerdictOf(fleet::Death death) {
  switch (death) {
    case fleet::Death::kOutOfMemory: return "resources";
    case fleet::Death::kCrashed: return "engine_suspect";
    case fleet::Death::kKilled:
    case fleet::Death::kNone: return "infrastructure";
  }
  return "infrastructure";
}

int64_t NowSinceEpochMs() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

RelayedOperation::RelayedOperation(std::shared_ptr<wire::Operation> operation, PlanFacts facts,
                                   SessionEffect effect, PlanSummary summary, Admission& admission,
                                   Router& router, OperationLog& log, const ResultRelay::Surroundings& relay,
                                   const base::Clock& clock)
    : operation_(std::move(operation)),
      facts_(std::move(facts)),
      effect_(std::move(effect)),
      admission_(admission),
      router_(router),
      log_(log),
      limits_(relay.limits),
      clock_(clock),
      session_(operation_->session().state<GatewaySession>()),
      relay_(facts_.operation_class == OperationClass::kReadOnly
                 ? std::make_shared<ResultRelay>(
                       operation_,
                       [session = operation_->shared_session()](const BegunResult& begun,
                                                                std::function<void()> done) {
                         session->state<GatewaySession>().begun().Keep(begun, std::move(done));
                       },
                       relay)
                 : nullptr) {
  record_.operation_id = operation_->id();
  record_.session_id = operation_->session().key().session_id;
  record_.user_id = operation_->session().key().user_id;
  record_.kind = facts_.kind;
  record_.operation_class = NameOf(facts_.operation_class);
  record_.fingerprint = std::move(summary.fingerprint);
  record_.text = std::move(summary.text);
  record_.started_at_ms = NowSinceEpochMs();
}

double RelayedOperation::ElapsedMs() const {
  return std::chrono::duration<double, std::milli>(clock_.Now() - operation_->started()).count();
}

void RelayedOperation::Begin() {
  if (const auto before = session_.MadeBefore(operation_->id())) return TellAgain(*before);
  log_.Update(record_);
  if (changes_session() && session_.full()) {
    return Finish(
        wire::FailureOf(spark::Error::Decline("more than 256 MiB of temporary views in a session")));
  }
  BeginWait();
  operation_->OnCancel([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Cancel();
  });
  session_.Admit(changes_session(), [self = shared_from_this()](SessionSnapshot bound,
                                                                std::unique_ptr<GatewaySession::Turn> turn) {
    if (!self->EndWait()) return;
    self->bound_ = std::move(bound);
    self->turn_ = std::move(turn);
    self->operation_->had() ? self->GoOnAfterEarlierServer() : self->WaitForPass();
  });
}

/// The server before this one was lost when its client had had a part of the result.
void RelayedOperation::GoOnAfterEarlierServer() {
  const auto refuse = [this](const std::string& why) {
    Finish(wire::FailureOf(spark::Error::WithMessage(
        spark::ExceptionKind::kSpark, "", "", {},
        "The server was started again while the result of this operation was read, and it cannot go on: " +
            why + ". Run it again.")));
  };
  const auto begun = session_.begun().Earlier(operation_->id());
  if (begun == nullptr || relay_ == nullptr) return refuse("it is not known any longer");
  if (operation_->had()->rows > 0 && !operation_->had()->proof)
    return refuse("so many rows, or rows of such a form, are not remembered");
  if (begun->position != bound_.position) return refuse("its session has changed since");
  bound_.configuration = begun->configuration;
  engine_ = begun->engine;
  if (!BeginWait()) return Finish(Cancelled());
  relay_->GoOnAfter(*begun, bound_, [self = shared_from_this(), refuse](bool same) {
    if (!self->EndWait()) return;
    same ? self->WaitForPass() : refuse("files that it reads have changed since");
  });
}

/// Then it is among those of its user that may run.
void RelayedOperation::WaitForPass() {
  if (!BeginWait()) return Finish(Cancelled());
  Admission::Place place;
  const bool entered = admission_.Enter(
      record_.user_id,
      [self = shared_from_this()](std::unique_ptr<Admission::Pass> pass) {
        if (!self->EndWait()) return;
        self->pass_ = std::move(pass);
        self->FindRoute();
      },
      &place);
  if (!entered) {
    if (EndWait()) Finish(wire::FailureOf(admission_.TooMany(record_.user_id)));
    return;
  }
  absl::ReleasableMutexLock lock(&mutex_);
  place_ = place;
  const bool cancelled = cancelled_;
  lock.Release();
  if (cancelled) admission_.GiveUp(record_.user_id, place);
}

/// The server before this one was lost when it had made the change; the client may not have heard.
void RelayedOperation::TellAgain(const SessionChange& change) {
  if (wire::BytesOf(operation_->request().plan) != wire::BytesOf(change.plan)) {
    operation_->results().Fail(
        wire::FailureOf(wire::InvalidHandle("OPERATION_ALREADY_EXISTS", operation_->id())));
  } else if (change.answer_is_lost) {
    operation_->results().Fail(wire::FailureOf(spark::Error::WithMessage(
        spark::ExceptionKind::kSpark, "", "", {},
        "This operation was done before the server was started again; its answer was too long to be kept.")));
  } else {
    for (const std::string& response : change.responses) {
      operation_->results().Append(wire::EncodedResponse(response));
    }
    operation_->results().Complete();
  }
  operation_->MarkStopped();
}

bool RelayedOperation::BeginWait() {
  absl::MutexLock lock(&mutex_);
  waiting_ = !cancelled_;
  return waiting_;
}

bool RelayedOperation::EndWait() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(waiting_, false);
}

void RelayedOperation::FindRoute() {
  if (!BeginWait()) return Finish(Cancelled());
  router_.Find(
      operation_->shared_session(), bound_, changes_session(), engine_,
      [self = shared_from_this()](std::optional<wire::Failure> failure, std::shared_ptr<Route> route) {
        if (!self->EndWait()) return;
        if (!failure) return self->OnRoute(std::move(route));
        if (!self->declined_.empty())
          failure->message += " (The native engine declined it: " + self->declined_ + ")";
        self->Finish(std::move(failure));
      });
}

void RelayedOperation::OnRoute(std::shared_ptr<Route> route) {
  if (auto why_not =
          route->use->WhyNot(operation_->request().plan, effect_.is_certain ? effect_.name() : Name())) {
    route = nullptr;
    return TakeToNextEngine(*why_not) ? FindRoute() : Finish(std::move(why_not));
  }
  operation_->MarkBegun();
  if (record_.queued_ms < 0) record_.queued_ms = ElapsedMs();
  record_.cluster = route->lease.cluster()->id();
  record_.placement =
      declined_.empty() ? route->lease.reason() : "the native engine declined it: " + declined_;
  record_.sent_ms = ElapsedMs();
  AttemptRecord& attempt_record = record_.attempts.emplace_back();
  attempt_record.cluster = record_.cluster;
  attempt_record.engine = route->lease.cluster()->engine();
  attempt_record.version = route->lease.cluster()->version();
  attempt_record.began_ms = record_.sent_ms;
  if (relay_) relay_->BeginAttempt(bound_, attempt_record.engine, attempt_record.version);
  held_.clear();
  held_bytes_ = 0;
  route_ = std::move(route);
  log_.Update(record_);
  if (relay_ && relay_->misfit()) {
    Judge("misfit");
    return Finish(std::nullopt);
  }
  const auto attempt = std::make_shared<Attempt>(route_, operation_->results(), shared_from_this(), limits_);
  {
    absl::MutexLock lock(&mutex_);
    attempt_ = attempt;
  }
  attempt->Start(*operation_, facts_.operation_class == OperationClass::kExternalEffect);
  bool cancelled;
  {
    absl::MutexLock lock(&mutex_);
    cancelled = cancelled_;
  }
  if (cancelled) attempt->Cancel();
}

void RelayedOperation::Cancel() {
  std::shared_ptr<Attempt> attempt;
  Admission::Place place;
  bool finish;
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    place = place_;
    attempt = attempt_.lock();
    finish = std::exchange(waiting_, false);
  }
  if (place != 0) admission_.GiveUp(record_.user_id, place);
  if (attempt) attempt->Cancel();
  if (finish) Finish(Cancelled());
}

wire::ResultBuffer::Room RelayedOperation::OnResponse(grpc::ByteBuffer body) {
  route_->use->Begun();
  const int64_t rows = wire::CountRows(body);
  if (rows > 0 && record_.first_row_ms < 0) record_.first_row_ms = ElapsedMs();
  record_.attempts.back().rows += rows;
  if (relay_) return relay_->Take({std::move(body), rows});
  if (changes_session()) return Hold({std::move(body), rows});
  return operation_->results().Append({std::move(body), rows});
}

/// Responses of a change: its client hears nothing of it before it is the session's.
wire::ResultBuffer::Room RelayedOperation::Hold(wire::Response response) {
  held_bytes_ += response.bytes();
  held_.push_back(std::move(response));
  if (held_bytes_ <= kHeldBytesMax) return wire::ResultBuffer::Room::kYes;
  auto room = wire::ResultBuffer::Room::kYes;
  for (wire::Response& held : std::exchange(held_, {})) room = operation_->results().Append(std::move(held));
  return room;
}

void RelayedOperation::OnEnd(const grpc::Status& status, bool goes_on) {
  {
    absl::MutexLock lock(&mutex_);
    attempt_.reset();
  }
  const wire::Failure failure = status.ok() ? wire::Failure() : wire::FailureOf(status);
  if (relay_ && relay_->misfit()) {
    Judge("misfit");
    Finish(std::nullopt);
  } else if (status.ok()) {
    Judge("succeeded");
    Finish(std::nullopt);
  } else if (operation_->cancelled()) {
    Judge("cancelled");
    // Others there would be lost with it.
    const bool ends_cluster = goes_on && route_->lease.cluster()->running() == 1;
    if (!ends_cluster) return Finish(failure);
    router_.GiveUp(operation_->shared_session(), route_,
                   [self = shared_from_this(), failure] { self->Finish(failure); });
  } else if (wire::IsConnectionLost(failure)) {
    router_.GiveUp(operation_->shared_session(), route_,
                   [self = shared_from_this()] { self->OnClusterLost(); });
  } else if (TakeToNextEngine(failure)) {
    Judge("declined");
    route_ = nullptr;
    FindRoute();
  } else {
    Judge(failure.declined() ? "declined" : VerdictOf(failure));
    FetchFailure(route_, status,
                 [self = shared_from_this()](wire::Failure whole) { self->Finish(std::move(whole)); });
  }
}

void RelayedOperation::Judge(std::string verdict) {
  AttemptRecord& attempt = record_.attempts.back();
  attempt.ended_ms = ElapsedMs();
  attempt.verdict = std::move(verdict);
  const fleet::ClusterUsage usage = route_->lease.usage();
  attempt.peak_memory_bytes = usage.peak_memory_bytes;
  attempt.cpu_seconds = usage.cpu_seconds;
}

/// True if the engine declined it before any effect and there is another one to try.
bool RelayedOperation::TakeToNextEngine(const wire::Failure& failure) {
  if (!facts_.portable || !router_.HasEngineAfter(failure, engine_) || !StartOver(/*same_engine=*/false))
    return false;
  engine_ = fleet::kSparkEngine;
  declined_ = failure.metadata.at("hearth.decline");
  return true;
}

void RelayedOperation::OnClusterLost() {
  Judge(VerdictOf(route_->lease.cluster()->death()));
  const bool again = MayTryAgain();
  const wire::Failure failure = LostCluster();
  route_ = nullptr;
  again ? FindRoute() : Finish(failure);
}

/// After a cluster was lost: true if another attempt cannot be told from the first.
bool RelayedOperation::MayTryAgain() {
  if (++lost_ >= kAttemptsMax) return false;
  // A change of the session died with the cluster. A change of the world may have been made; one of the
  // catalog, and of files, is made once, as the native engine asks for it.
  const bool is_safe = facts_.happens_once && engine_ == fleet::kNativeEngine;
  if (facts_.operation_class == OperationClass::kExternalEffect && !is_safe) return false;
  return StartOver(/*same_engine=*/true);
}

/// Prepares for another attempt; false if the client would see that there were two.
bool RelayedOperation::StartOver(bool same_engine) {
  if (relay_) return relay_->StartOver(same_engine);
  const auto delivered = operation_->results().DropUndelivered();
  return delivered && delivered->responses == 0;
}

wire::Failure RelayedOperation::LostCluster() const {
  const fleet::Cluster& cluster = *route_->lease.cluster();
  std::string text = "The cluster " + cluster.id() + " that ran this operation was lost";
  const std::string cause = cluster.cause_of_death();
  if (!cause.empty()) text += " (" + cause + ")";
  if (facts_.operation_class == OperationClass::kExternalEffect) {
    text += "; whether its effects were made is unknown, so it is not run again.";
  } else if (lost_ >= kAttemptsMax) {
    text += ", as were those of the attempts before.";
  } else {
    text += " after rows had been delivered, so it is not run again";
    text += relay_ && !relay_->why_not().empty() ? ": " + relay_->why_not() + "." : ".";
  }
  return wire::FailureOf(spark::Error::WithMessage(spark::ExceptionKind::kSpark, "", "", {}, text));
}

/// Makes what it did the session's before the client knows: what it asks next finds it, and so does the
/// server after this one.
void RelayedOperation::Commit() {
  const auto kept = [self = shared_from_this()](std::optional<wire::Failure> failure) {
    self->Conclude(std::move(failure));
  };
  if (effect_.setting) return session_.Commit(*effect_.setting, *route_->use, kept);
  SessionChange change;
  change.plan = operation_->request().plan;
  change.configuration = bound_.configuration;
  change.kind = facts_.kind;
  change.operation_id = operation_->id();
  change.answer_is_lost = held_bytes_ > kHeldBytesMax;
  for (const wire::Response& held : held_)
    change.responses.emplace_back(wire::BytesOf(wire::OnePiece(held.body)));
  change.view = effect_.view;
  change.function = effect_.function;
  change.is_drop = effect_.is_drop;
  session_.Commit(std::move(change), *route_->use, kept);
}

void RelayedOperation::Finish(std::optional<wire::Failure> failure) {
  if (!relay_) return changes_session() && !failure ? Commit() : Conclude(std::move(failure));
  const bool succeeded = !failure;
  relay_->Finish(succeeded, [self = shared_from_this(),
                             failure = std::move(failure)](std::optional<wire::Failure> misfit) mutable {
    if (misfit) failure = std::move(misfit);
    self->record_.continued = self->relay_->continued();
    if (!failure) self->record_.result_hash = self->relay_->result_hash();
    self->Conclude(std::move(failure));
  });
}

void RelayedOperation::Conclude(std::optional<wire::Failure> failure) {
  if (!failure) {
    for (wire::Response& held : std::exchange(held_, {})) operation_->results().Append(std::move(held));
  }
  route_ = nullptr;
  turn_ = nullptr;

  // The record first: who has read the result finds it in the log.
  const wire::ResultBuffer::Numbers numbers = operation_->results().numbers();
  record_.rows = numbers.rows;
  record_.bytes = numbers.bytes;
  record_.total_ms = ElapsedMs();
  record_.outcome = operation_->cancelled() ? "cancelled" : failure ? "failed" : "succeeded";
  if (failure && record_.error.empty()) {
    record_.error = failure->condition().empty() ? failure->message : std::string(failure->condition());
  }
  log_.Finish(record_);
  // What failed, its client may not have heard of yet: then the next server tries again.
  if (operation_->cancelled()) session_.begun().Forget(operation_->id());

  failure ? operation_->results().Fail(*std::move(failure)) : operation_->results().Complete();
  operation_->MarkStopped();
  pass_ = nullptr;
}

}  // namespace hearth::gateway
