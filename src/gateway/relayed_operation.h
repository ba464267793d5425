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

namespace hearth::gateway {

/// An operation of a client, carried out by attempts on clusters until one succeeds, fails truly, or no other
/// may be made. What the native engine declines is tried on Apache Spark. Lives as long as something of it is
/// under way.
class RelayedOperation final : public Attempt::Owner, public std::enable_shared_from_this<RelayedOperation> {
 public:
  /// Attempts of one operation that lose their cluster.
  static constexpr int kAttemptsMax = 3;

  /// `effect`: of an operation that is not read-only.
  RelayedOperation(std::shared_ptr<wire::Operation> operation, PlanFacts facts, SessionEffect effect,
                   PlanSummary summary, Admission& admission, Router& router, OperationLog& log,
                   const ResultRelay::Surroundings& relay, const base::Clock& clock);

  void Begin();

 private:
  wire::ResultBuffer::Room OnResponse(grpc::ByteBuffer body) override;
  void OnEnd(const grpc::Status& status, bool goes_on) override;
  wire::ResultBuffer::Room Hold(wire::Response response);

  /// What it does to the session is kept, and done again wherever the session goes.
  bool changes_session() const { return facts_.operation_class == OperationClass::kSessionEffect; }
  void Commit();
  void Conclude(std::optional<wire::Failure> failure);
  void TellAgain(const SessionChange& change);
  /// From here on Cancel ends the operation at once, until EndWait takes that back. False if it is cancelled.
  bool BeginWait();
  /// False if the operation is over.
  bool EndWait();
  void GoOnAfterEarlierServer();
  void WaitForPass();
  void FindRoute();
  void OnRoute(std::shared_ptr<Route> route);
  void Cancel();
  void OnClusterLost();
  bool MayTryAgain();
  bool StartOver(bool same_engine);
  bool TakeToNextEngine(const wire::Failure& failure);
  wire::Failure LostCluster() const;
  /// Notes how the attempt ended.
  void Judge(std::string verdict);
  void Finish(std::optional<wire::Failure> failure);
  double ElapsedMs() const;

  const std::shared_ptr<wire::Operation> operation_;
  const PlanFacts facts_;
  const SessionEffect effect_;
  Admission& admission_;
  Router& router_;
  OperationLog& log_;
  const wire::Limits& limits_;
  const base::Clock& clock_;
  GatewaySession& session_;

  // Between attempts and within one, one thread at a time.
  /// What the session is for all attempts.
  SessionSnapshot bound_;
  std::unique_ptr<GatewaySession::Turn> turn_;
  std::unique_ptr<Admission::Pass> pass_;
  OperationRecord record_;
  std::shared_ptr<Route> route_;
  /// Where the next attempt goes, and what the engine before would not run.
  std::string engine_ = fleet::kNativeEngine;
  std::string declined_;
  /// Attempts whose cluster was lost.
  int lost_ = 0;
  /// Of a read-only operation.
  const std::shared_ptr<ResultRelay> relay_;
  /// What a change answers, held back until the change is kept; let go when it becomes too much.
  std::vector<wire::Response> held_;
  size_t held_bytes_ = 0;

  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  Admission::Place place_ ABSL_GUARDED_BY(mutex_) = 0;
  std::weak_ptr<Attempt> attempt_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::gateway
