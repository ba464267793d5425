#include "gateway/relayed_call.h"

#include <spark/connect/base.pb.h>

#include <utility>

#include "gateway/backend_request.h"
#include "gateway/error_details.h"
#include "gateway/plan_facts.h"
#include "wire/response.h"

namespace hearth::gateway {

namespace {

/// Spark runs commands that are only to be analyzed.
bool ChangesNothing(const grpc::Slice& request) {
  try {
    ::spark::connect::AnalyzePlanRequest decoded;
    wire::DecodeMessage(request, &decoded);
    const PlanFacts facts = FactsOf(decoded);
    return facts.operation_class == OperationClass::kReadOnly && facts.portable;
  } catch (const spark::Error&) {
    return false;
  }
}

/// What an analysis needs: little, unless its plan is huge.
const placement::Expectation kOfAnalysis{
    .work_seconds = {5e-3, 0.1}, .memory_bytes = {32 << 20, 64 << 20}, .source = "an analysis runs nothing"};

}  // namespace

const RelayedCall::Method RelayedCall::kAnalyzePlan = {"AnalyzePlan", 17, 1, 15};

void RelayedCall::Begin() {
  if (MayUseGlobalViews(request_)) session_->state<GatewaySession>().UseGlobalViews();
  session_->state<GatewaySession>().Admit(
      /*changes=*/false,
      [self = shared_from_this()](SessionSnapshot bound, const std::unique_ptr<GatewaySession::Turn>&) {
        self->bound_ = std::move(bound);
        self->WaitForPass();
      });
}

/// It works on a cluster as an operation does, and counts as one.
void RelayedCall::WaitForPass() {
  const std::string& user = session_->key().user_id;
  Admission::Place place;
  const bool entered = admission_.Enter(
      user,
      [self = shared_from_this()](std::unique_ptr<Admission::Pass> pass) {
        self->pass_ = std::move(pass);
        self->FindRoute();
      },
      &place);
  if (!entered) reply_.Fail(wire::FailureOf(admission_.TooMany(user)));
}

void RelayedCall::FindRoute() {
  Router::Errand errand{.session = session_, .bound = bound_, .request = {.engine = engine_}};
  errand.request.estimate = kOfAnalysis;
  const auto search = Router::Prepare(
      std::move(errand),
      [self = shared_from_this()](std::optional<wire::Failure> failure, std::shared_ptr<Route> route) {
        failure ? self->reply_.Fail(*failure) : self->OnRoute(std::move(route));
      });
  // A client that has gone waits for no cluster.
  reply_.OnCancel([weak = weak_from_this(), waiting = std::weak_ptr(search)] {
    const auto self = weak.lock();
    const auto living = waiting.lock();
    if (self != nullptr && living != nullptr && self->router_.Abandon(*living))
      self->reply_.Fail(wire::FailureOf(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled")));
  });
  router_.Find(search);
}

void RelayedCall::OnRoute(std::shared_ptr<Route> route) {
  if (const auto why_not = route->use->WhyNot(request_, Name())) {
    route = nullptr;
    TakeToNextEngine(*why_not) ? FindRoute() : reply_.Fail(*why_not);
    return;
  }
  const auto context = route->link->Call(
      method_.name, RequestFor(route->session(), request_, method_.observed_field),
      [self = shared_from_this(), route](const grpc::Status& status, const grpc::ByteBuffer& response) {
        self->OnAnswer(route, status, response);
      });
  reply_.OnCancel([weak = std::weak_ptr<grpc::ClientContext>(context)] {
    if (const auto living = weak.lock()) living->TryCancel();
  });
}

bool RelayedCall::TakeToNextEngine(const wire::Failure& failure) {
  if (!router_.HasEngineAfter(failure, engine_) || !ChangesNothing(request_)) return false;
  engine_ = fleet::kSparkEngine;
  return true;
}

void RelayedCall::OnClusterLost(const grpc::Status& status) {
  if (++lost_ < kAttemptsMax) {
    FindRoute();
  } else {
    reply_.Fail(wire::FailureOf(status));
  }
}

void RelayedCall::OnAnswer(const std::shared_ptr<Route>& route, const grpc::Status& status,
                           const grpc::ByteBuffer& response) {
  if (status.ok()) {
    reply_.Send(WithoutIds(response, method_.session_id_field, method_.server_side_session_id_field));
    return;
  }
  if (wire::IsConnectionLost(wire::FailureOf(status))) {
    router_.GiveUp(session_, route, [self = shared_from_this(), status] { self->OnClusterLost(status); });
    return;
  }
  if (TakeToNextEngine(wire::FailureOf(status))) {
    FindRoute();
    return;
  }
  FetchFailure(route, status,
               [self = shared_from_this()](const wire::Failure& failure) { self->reply_.Fail(failure); });
}

}  // namespace hearth::gateway
