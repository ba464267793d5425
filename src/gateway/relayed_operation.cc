#include "gateway/relayed_operation.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/error_details.h"
#include "spark/error.h"
#include "wire/configuration.h"
#include "wire/protocol_error.h"
#include "wire/response.h"
#include "wire/rows/mix.h"

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

std::string Text(placement::Restart::Why why) {
  switch (why) {
    case placement::Restart::Why::kMakesRoom:
      return "it takes longer than was expected, and shorter ones wait for its place";
    case placement::Restart::Why::kSuspectBeside:
      return "one beside it takes longer than was expected, and there is room elsewhere";
  }
  return "";
}

int64_t NowSinceEpochMs() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

RelayedOperation::RelayedOperation(std::shared_ptr<wire::Operation> operation, PlanFacts facts,
                                   SessionEffect effect, PlanSummary summary, Admission& admission,
                                   Router& router, SizeSignal& sizes, OperationLog& log,
                                   const ResultRelay::Surroundings& relay, const base::Clock& clock)
    : operation_(std::move(operation)),
      facts_(std::move(facts)),
      effect_(std::move(effect)),
      admission_(admission),
      router_(router),
      sizes_(sizes),
      log_(log),
      limits_(relay.limits),
      clock_(clock),
      ring_(relay.ring),
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
  record_.workload = operation_->request().header.workload;
  place_in_session_ = session_.CountOperation();
  plan_ = std::move(summary.decoded);
  record_.started_at_ms = NowSinceEpochMs();
}

double RelayedOperation::ElapsedMs() const {
  return std::chrono::duration<double, std::milli>(clock_.Now() - operation_->started()).count();
}

void RelayedOperation::Begin() {
  if (const auto before = session_.MadeBefore(operation_->id())) return TellAgain(*before);
  if (operation_->had() && ring_ != nullptr) {
    auto whole = ring_->Find(ResultRing::KeyOf(operation_->session().key(), operation_->id()));
    if (whole) return TellRest(*std::move(whole));
  }
  session_.profile().Begun(clock_.Now());
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
    self->operation_->had() ? self->GoOnAfterEarlierServer() : self->Size();
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
    same ? self->Size() : refuse("files that it reads have changed since");
  });
}

/// What it is expected to need; looking at names and files may take a while.
void RelayedOperation::Size() {
  const auto plan = std::exchange(plan_, nullptr);
  if (plan == nullptr) return WaitForPass();
  size_ = sizes_.SizeAtOnce(*plan, session_, bound_);
  if (size_) return WaitForPass();
  if (!BeginWait()) return Finish(Cancelled());
  sizes_.SizeLater(plan, session_, bound_,
                   [self = shared_from_this()](std::optional<placement::PlanSize> size) {
                     if (!self->EndWait()) return;
                     self->size_ = std::move(size);
                     self->WaitForPass();
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

/// The server before this one was lost when its client had had a part of the result, which was all there.
void RelayedOperation::TellRest(std::vector<wire::Response> responses) {
  int64_t rows = 0;
  for (wire::Response& response : responses) {
    rows += response.rows;
    // What has no rows says the same when it is said again.
    if (response.rows > 0 && rows <= operation_->had()->rows) continue;
    operation_->results().Append(std::move(response));
  }
  operation_->results().Complete();
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

/// Under which its history is kept. What spark.sql() does has the fingerprint of the query in it, which it
/// does not run. What a job asks as its third is what it asked as its third the day before, even of other
/// tables.
std::vector<std::string> RelayedOperation::NamesInHistory() const {
  if (record_.fingerprint.empty()) return {};
  const std::string kind = record_.kind == "sql_command" ? "/sql_command" : "";
  std::vector<std::string> names = {record_.fingerprint + kind};
  // A job of more operations does the same ones again and again, and would push out what others did.
  constexpr uint64_t kPlaceMax = 1000;
  if (!record_.workload.empty() && place_in_session_ <= kPlaceMax) {
    const std::string job = absl::StrCat(record_.user_id.size(), "/", record_.user_id, record_.workload);
    names.push_back(absl::StrCat("job/", absl::Hex(wire::HashOfBytes(job)), "/", place_in_session_, kind));
  }
  return names;
}

/// What it is expected to need on the engine where it goes next.
PlacementRecord RelayedOperation::Expect() {
  PlacementRecord expected;
  expected.estimate = planned_ = placement::UnknownEstimate();
  if (size_) {
    auto sized = sizes_.Expect(*size_, NamesInHistory(), engine_, router_.VersionOf(engine_));
    planned_ = std::move(sized.planned);
    expected.estimate = std::move(sized.corrected);
  }
  InferredProfile profile = session_.profile().Infer(*bound_.configuration, operation_->request().header);
  expected.reason.estimate = ExpectationOf(expected.estimate);
  expected.profile = profile.profile == placement::Profile::kBatch ? wire::kBatch : wire::kInteractive;
  expected.profile_cause = std::move(profile.cause);
  return expected;
}

void RelayedOperation::FindRoute() {
  if (!BeginWait()) return Finish(Cancelled());
  expected_ = Expect();
  if (!placed_since_) placed_since_ = clock_.Now();
  Router::Errand errand{
      .session = operation_->shared_session(), .bound = bound_, .alone = changes_session(), .request = {}};
  errand.request.engine = engine_;
  errand.request.estimate = expected_.reason.estimate;
  errand.request.profile =
      expected_.profile == wire::kBatch ? placement::Profile::kBatch : placement::Profile::kInteractive;
  errand.request.since = placed_since_;
  errand.request.restarts = restarts_;
  errand.request.attained = attained_;
  // What goes on after rows that its client has had stays where it is.
  errand.request.may_restart =
      relay_ != nullptr && engine_ == fleet::kNativeEngine && !operation_->had() && relay_->continued() == 0;
  if (errand.request.may_restart) {
    errand.restart = [weak = weak_from_this()](uint64_t lease, placement::Restart::Why why) {
      if (const auto self = weak.lock()) self->Restart(lease, why);
    };
  }
  const auto search = Router::Prepare(
      std::move(errand),
      [self = shared_from_this()](std::optional<wire::Failure> failure, std::shared_ptr<Route> route) {
        if (!self->EndWait()) return;
        if (!failure) return self->OnRoute(std::move(route));
        if (!self->declined_.empty())
          failure->message += " (The native engine declined it: " + self->declined_ + ")";
        self->Finish(std::move(failure));
      });
  {
    absl::MutexLock lock(&mutex_);
    if (cancelled_) return;  // Whoever cancelled it has ended it.
    search_ = search;
  }
  router_.Find(search);
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
  record_.placement = declined_.empty()
                          ? route->lease.text()
                          : "the native engine declined it: " + declined_ + "; " + route->lease.text();
  operation_->session().configuration().TellPlacement(record_.placement);
  record_.sent_ms = ElapsedMs();
  AttemptRecord& attempt_record = record_.attempts.emplace_back();
  attempt_record.cluster = record_.cluster;
  attempt_record.engine = route->lease.cluster()->engine();
  attempt_record.version = route->lease.cluster()->version();
  attempt_record.began_ms = record_.sent_ms;
  attempt_record.placement = NotePlacement(route->lease);
  if (relay_) relay_->BeginAttempt(bound_, attempt_record.engine, attempt_record.version);
  held_.clear();
  held_bytes_ = 0;
  settled_ = false;
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
    lease_ = route_->lease.number();
  }
  attempt->Start(*operation_, facts_.operation_class == OperationClass::kExternalEffect);
  bool cancelled;
  {
    absl::MutexLock lock(&mutex_);
    cancelled = cancelled_;
  }
  if (cancelled) attempt->Cancel();
}

PlacementRecord RelayedOperation::NotePlacement(const fleet::Lease& lease) const {
  PlacementRecord placed = expected_;
  placed.text = record_.placement;
  placed.declined = declined_;
  if (lease.reason().candidates.empty()) return placed;
  placed.reason = lease.reason();
  placed.predicted_ms =
      std::chrono::duration<double, std::milli>(lease.reason().predicted_finish - operation_->started())
          .count();
  return placed;
}

/// As placement asks. What its client has had something of goes on where it is.
void RelayedOperation::Restart(uint64_t lease, placement::Restart::Why why) {
  std::shared_ptr<Attempt> attempt;
  {
    absl::MutexLock lock(&mutex_);
    attempt = attempt_.lock();
    if (attempt == nullptr || lease_ != lease || cancelled_ || restarting_ || !relay_->TakeBack()) return;
    restarting_ = why;
  }
  attempt->Cancel();
}

/// The attempt has ended, and has not succeeded before.
void RelayedOperation::OnRestart(placement::Restart::Why why) {
  Judge("restarted", Text(why));
  ++restarts_;
  attained_ = std::max(attained_, clock_.Now() - route_->lease.began());
  const wire::Failure failure = Cancelled();
  const bool again = StartOver(/*same_engine=*/true);
  LeaveCluster();
  again ? FindRoute() : Finish(failure);
}

/// The attempt may hold its route a moment longer than it needs the cluster.
void RelayedOperation::LeaveCluster() {
  if (route_ != nullptr) route_->lease = fleet::Lease();
  route_ = nullptr;
}

void RelayedOperation::Cancel() {
  std::shared_ptr<Router::Search> search;
  std::shared_ptr<Attempt> attempt;
  Admission::Place place;
  bool finish;
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    place = place_;
    attempt = attempt_.lock();
    search = search_.lock();
    finish = std::exchange(waiting_, false);
  }
  if (search) router_.Abandon(*search);
  if (place != 0) admission_.GiveUp(record_.user_id, place);
  if (attempt) attempt->Cancel();
  if (finish) Finish(Cancelled());
}

wire::ResultBuffer::Room RelayedOperation::OnResponse(grpc::ByteBuffer body) {
  route_->use->Begun();
  const int64_t rows = wire::CountRows(body);
  if (rows > 0 && record_.first_row_ms < 0) record_.first_row_ms = ElapsedMs();
  record_.attempts.back().rows += rows;
  if (relay_) {
    if (!settled_ && relay_->opened()) {
      settled_ = true;
      route_->lease.Settle();
    }
    return relay_->Take({std::move(body), rows});
  }
  if (is_told_at_its_end()) return Hold({std::move(body), rows});
  return operation_->results().Append({std::move(body), rows});
}

/// Responses of a change: its client hears nothing of it before it is the session's, or kept for the next
/// gateway. Only how far it is.
wire::ResultBuffer::Room RelayedOperation::Hold(wire::Response response) {
  if (response.rows == 0 && wire::KindOf(response.body) == wire::ResponseKind::kProgress)
    return operation_->results().Append(std::move(response));
  held_bytes_ += response.bytes();
  held_.push_back(std::move(response));
  if (held_bytes_ <= kHeldBytesMax) return wire::ResultBuffer::Room::kYes;
  auto room = wire::ResultBuffer::Room::kYes;
  for (wire::Response& held : std::exchange(held_, {})) room = operation_->results().Append(std::move(held));
  return room;
}

void RelayedOperation::OnEnd(const grpc::Status& status, bool goes_on) {
  std::optional<placement::Restart::Why> restarting;
  {
    absl::MutexLock lock(&mutex_);
    attempt_.reset();
    restarting = std::exchange(restarting_, std::nullopt);
  }
  const wire::Failure failure = status.ok() ? wire::Failure() : wire::FailureOf(status);
  if (relay_ && relay_->misfit()) {
    Judge("misfit");
    Finish(std::nullopt);
  } else if (status.ok()) {
    Judge("succeeded");
    Finish(std::nullopt);
  } else if (restarting && status.error_code() == grpc::StatusCode::CANCELLED && !operation_->cancelled()) {
    OnRestart(*restarting);
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
    Judge("declined", declined_);
    LeaveCluster();
    FindRoute();
  } else {
    failure.declined() ? Judge("declined", failure.metadata.at("hearth.decline")) : Judge(VerdictOf(failure));
    FetchFailure(route_, status,
                 [self = shared_from_this()](wire::Failure whole) { self->Finish(std::move(whole)); });
  }
}

void RelayedOperation::Judge(std::string verdict, std::string cause) {
  AttemptRecord& attempt = record_.attempts.back();
  attempt.ended_ms = ElapsedMs();
  attempt.verdict = std::move(verdict);
  attempt.cause = std::move(cause);
  const fleet::ClusterUsage usage = route_->lease.usage();
  attempt.peak_memory_bytes = usage.peak_memory_bytes;
  attempt.idle_memory_bytes = usage.idle_memory_bytes;
  attempt.cpu_seconds = usage.cpu_seconds;
  attempt.shared = usage.shared;
  Learn(attempt, usage);
}

/// What an attempt took, for those of its shape that follow.
void RelayedOperation::Learn(const AttemptRecord& attempt, const fleet::ClusterUsage& usage) {
  const bool succeeded = attempt.verdict == "succeeded";
  const bool was_cut =
      attempt.verdict == "cancelled" || attempt.verdict == "restarted" || attempt.verdict == "resources";
  if (!succeeded && !was_cut) return;
  placement::Observation observation{.work = usage.cpu_seconds,
                                     .work_is_bound = was_cut,
                                     .memory_is_bound = attempt.verdict == "resources",
                                     .shared = usage.shared};
  // Memory is looked at ten times a second: of what is over sooner the peak was hardly seen.
  constexpr double kSeenAfterMs = 300;
  if (usage.peak_memory_bytes > usage.idle_memory_bytes && usage.idle_memory_bytes > 0 &&
      attempt.ended_ms - attempt.began_ms >= kSeenAfterMs)
    observation.peak_memory = static_cast<double>(usage.peak_memory_bytes - usage.idle_memory_bytes);
  if (size_) {
    observation.planned_work = planned_.work.median;
    observation.planned_memory = planned_.peak_memory.median;
  }
  sizes_.Learn(NamesInHistory(), attempt.engine, attempt.version, observation);
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
  const fleet::Cluster& cluster = *route_->lease.cluster();
  Judge(VerdictOf(cluster.death()), cluster.cause_of_death());
  const bool again = MayTryAgain();
  const wire::Failure failure = LostCluster();
  LeaveCluster();
  again ? FindRoute() : Finish(failure);
}

/// After a cluster was lost: true if another attempt cannot be told from the first.
bool RelayedOperation::MayTryAgain() {
  const fleet::Death death = route_->lease.cluster()->death();
  const bool is_crash = death == fleet::Death::kCrashed || death == fleet::Death::kOutOfMemory;
  crashed_ += is_crash ? 1 : 0;
  if (++lost_ >= kLostMax || crashed_ >= kCrashedMax) return false;
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
  // Of what is told at its end the client has had nothing yet, but how far it is.
  const bool is_held = is_told_at_its_end() && held_bytes_ <= kHeldBytesMax;
  return delivered && (is_held || delivered->responses == 0);
}

wire::Failure RelayedOperation::LostCluster() const {
  const fleet::Cluster& cluster = *route_->lease.cluster();
  std::string text = "The cluster " + cluster.id() + " that ran this operation was lost";
  const std::string cause = cluster.cause_of_death();
  if (!cause.empty()) text += " (" + cause + ")";
  if (facts_.operation_class == OperationClass::kExternalEffect) {
    text += "; whether its effects were made is unknown, so it is not run again.";
  } else if (lost_ >= kLostMax || crashed_ >= kCrashedMax) {
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
  if (!failure && facts_.happens_once && ring_ != nullptr && operation_->reattachable())
    ring_->Put(ResultRing::KeyOf(operation_->session().key(), operation_->id()), held_);
  if (!failure || !changes_session()) {
    for (wire::Response& held : std::exchange(held_, {})) operation_->results().Append(std::move(held));
  }
  LeaveCluster();
  turn_ = nullptr;
  session_.profile().Ended(clock_.Now());

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
