#pragma once

#include <grpcpp/support/slice.h>

#include <optional>
#include <set>
#include <string>

#include "gateway/session_log.h"

namespace hearth::gateway {

/// The files that this encoded plan reads in a session that is at `bound`, itself and through temporary
/// views; nothing unless the plan gives the same rows again as long as they stay the same.
std::optional<std::set<std::string>> FilesOfRepeatable(const grpc::Slice& plan, const SessionSnapshot& bound);

}  // namespace hearth::gateway
