// Why an operation ran where it did, and took as long as it did, in words.
#pragma once

#include <cstdint>
#include <string>

#include "apps/operation_account.h"

namespace hearth::apps {

// Lines for people. `now_ms` (since the epoch) is for what still runs.
std::string Explain(const OperationAccount& operation, int64_t now_ms);

}  // namespace hearth::apps
