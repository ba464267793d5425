#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gateway/admission.h"
#include "gateway/attempt.h"
#include "gateway/operation_record.h"
#include "gateway/plan_facts.h"
#include "gateway/plan_summary.h"
#include "gateway/result_relay.h"
#include "gateway/router.h"
#include "gateway/session_effect.h"
#include "gateway/size_signal.h"

namespace hearth::gateway {

/// An operation of a client, carried out by attempts on clusters until one succeeds, fails truly, or no other
/// may be made. What the native engine declines is tried on Apache Spark. Lives as long as something of it is
/// under way.
class RelayedOperation final : public Attempt::Owner, public std::enable_shared_from_this<RelayedOperation> {
 public:
  /// Attempts of one operation that lose their cluster.
  static constexpr int kLostMax = 10;
  /// Of these, whose clusters crashed or ran out of memory, which may be the operation's own doing.
  static constexpr int kCrashedMax = 3;

  /// `effect`: of an operation that is not read-only.
  RelayedOperation(std::shared_ptr<wire::Operation> operation, PlanFacts facts, SessionEffect effect,
                   PlanSummary summary, Admission& admission, Router& router, SizeSignal& sizes,
                   OperationLog& log, const ResultRelay::Surroundings& relay, const base::Clock& clock);

  void Begin();

 private:
  wire::ResultBuffer::Room OnResponse(grpc::ByteBuffer body) override;
  void OnEnd(const grpc::Status& status, bool goes_on) override;
  wire::ResultBuffer::Room Hold(wire::Response response);

  /// What it does to the session is kept, and done again wherever the session goes.
  bool changes_session() const { return facts_.operation_class == OperationClass::kSessionEffect; }
  /// What it answers, which is short, is held back until its change is made.
  bool is_told_at_its_end() const { return changes_session() || facts_.happens_once; }
  void Commit();
  void Conclude(std::optional<wire::Failure> failure);
  void TellAgain(const SessionChange& change);
  void TellRest(std::vector<wire::Response> responses);
  /// From here on Cancel ends the operation at once, until EndWait takes that back. False if it is cancelled.
  bool BeginWait();
  /// False if the operation is over.
  bool EndWait();
  void GoOnAfterEarlierServer();
  void Size();
  void WaitForPass();
  std::vector<std::string> NamesInHistory() const;
  PlacementRecord Expect();
  PlacementRecord NotePlacement(const fleet::Lease& lease) const;
  void FindRoute();
  void OnRoute(std::shared_ptr<Route> route);
  void Cancel();
  void Restart(uint64_t lease, placement::Restart::Why why);
  void OnRestart(placement::Restart::Why why);
  void OnClusterLost();
  void LeaveCluster();
  bool MayTryAgain();
  bool StartOver(bool same_engine);
  bool TakeToNextEngine(const wire::Failure& failure);
  wire::Failure LostCluster() const;
  /// Notes how the attempt ended.
  void Judge(std::string verdict, std::string cause = "");
  void Learn(const AttemptRecord& attempt, const fleet::ClusterUsage& usage);
  void Finish(std::optional<wire::Failure> failure);
  double ElapsedMs() const;

  const std::shared_ptr<wire::Operation> operation_;
  const PlanFacts facts_;
  const SessionEffect effect_;
  Admission& admission_;
  Router& router_;
  SizeSignal& sizes_;
  OperationLog& log_;
  const wire::Limits& limits_;
  const base::Clock& clock_;
  ResultRing* const ring_;
  GatewaySession& session_;

  // Between attempts and within one, one thread at a time.
  /// What the session is for all attempts.
  SessionSnapshot bound_;
  std::unique_ptr<GatewaySession::Turn> turn_;
  std::unique_ptr<Admission::Pass> pass_;
  OperationRecord record_;
  /// The first is 1.
  uint64_t place_in_session_ = 0;
  /// The plan, until its size is known; nullptr for one that no client may send.
  std::shared_ptr<const DecodedPlan> plan_;
  /// Nothing if it is not known.
  std::optional<placement::PlanSize> size_;
  /// Of the attempt that is sought or runs.
  PlacementRecord expected_;
  placement::Estimate planned_;
  std::shared_ptr<Route> route_;
  /// Where the next attempt goes, and what the engine before would not run.
  std::string engine_ = fleet::kNativeEngine;
  std::string declined_;
  /// Attempts whose cluster was lost.
  int lost_ = 0;
  int crashed_ = 0;
  /// Asked for by placement; the longest that one ran, and since when there was something to place.
  int restarts_ = 0;
  placement::Duration attained_{0};
  std::optional<base::Instant> placed_since_;
  /// Of a read-only operation.
  const std::shared_ptr<ResultRelay> relay_;
  /// What a change answers, held back until the change is made and kept; let go when it becomes too much.
  std::vector<wire::Response> held_;
  size_t held_bytes_ = 0;
  /// Placement knows that the attempt stays where it is.
  bool settled_ = false;

  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  /// Placement has asked for it.
  std::optional<placement::Restart::Why> restarting_ ABSL_GUARDED_BY(mutex_);
  Admission::Place place_ ABSL_GUARDED_BY(mutex_) = 0;
  /// What the attempt's cluster was given by.
  uint64_t lease_ ABSL_GUARDED_BY(mutex_) = 0;
  std::weak_ptr<Router::Search> search_ ABSL_GUARDED_BY(mutex_);
  std::weak_ptr<Attempt> attempt_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
