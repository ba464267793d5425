#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "store/batch.h"

namespace hearth::store {

/// ABORTED, naming the key, if it does not hold for the value that the key has now (nullopt: none).
absl::Status CheckPrecondition(const Batch::Precondition& precondition,
                               std::optional<std::string_view> value);

}  // namespace hearth::store
