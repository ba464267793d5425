#pragma once

#include <functional>
#include <memory>

#include "gateway/router.h"

namespace hearth::gateway {

/// What a cluster answered instead of a result, with the details of the error, which are taken before the
/// cluster forgets them, to be kept under an id of our own. Calls `done` once, at once if there are none.
void FetchFailure(const std::shared_ptr<Route>& route, const grpc::Status& status,
                  std::function<void(wire::Failure failure)> done);

}  // namespace hearth::gateway
