#pragma once

#include <memory>
#include <string>

#include "gateway/admission.h"
#include "gateway/router.h"
#include "wire/executor.h"

namespace hearth::gateway {

/// A unary call of a client (AnalyzePlan) that a cluster answers. Safe to repeat, so a cluster lost
/// under way is replaced by another attempt.
class RelayedCall final : public std::enable_shared_from_this<RelayedCall> {
 public:
  struct Method {
    std::string name;
    /// Where the request has the observed server side session id, and the response its ids.
    int observed_field;
    int session_id_field;
    int server_side_session_id_field;
  };
  static const Method kAnalyzePlan;
  static constexpr int kAttemptsMax = 3;

  RelayedCall(const Method& method, std::shared_ptr<wire::Session> session, grpc::Slice request,
              wire::Reply reply, Admission& admission, Router& router)
      : method_(method),
        session_(std::move(session)),
        request_(std::move(request)),
        reply_(std::move(reply)),
        admission_(admission),
        router_(router) {}

  void Begin();

 private:
  void WaitForPass();
  void FindRoute();
  void OnRoute(std::shared_ptr<Route> route);
  bool TakeToNextEngine(const wire::Failure& failure);
  void OnClusterLost(const grpc::Status& status);
  void OnAnswer(const std::shared_ptr<Route>& route, const grpc::Status& status,
                const grpc::ByteBuffer& response);

  const Method& method_;
  const std::shared_ptr<wire::Session> session_;
  const grpc::Slice request_;
  const wire::Reply reply_;
  Admission& admission_;
  Router& router_;
  std::unique_ptr<Admission::Pass> pass_;
  SessionSnapshot bound_;
  std::string engine_ = fleet::kNativeEngine;
  int lost_ = 0;
};

}  // namespace hearth::gateway
