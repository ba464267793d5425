#include "gateway/error_details.h"

#include <string>
#include <utility>

#include "gateway/backend_request.h"

namespace hearth::gateway {

void FetchFailure(const std::shared_ptr<Route>& route, const grpc::Status& status,
                  std::function<void(wire::Failure failure)> done) {
  const std::string error_id = wire::ErrorIdOf(status);
  if (error_id.empty()) return done(wire::FailureOf(status));
  route->link->Call("FetchErrorDetails", FetchErrorDetailsRequest(route->session(), error_id),
                    [route, done = std::move(done), failure = wire::FailureOf(status)](
                        const grpc::Status& fetched, const grpc::ByteBuffer& details) {
                      wire::Failure whole = failure;
                      if (fetched.ok()) whole.details = ErrorDetailsOf(details, &whole.message);
                      done(std::move(whole));
                    });
}

}  // namespace hearth::gateway
