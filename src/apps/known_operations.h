// What a server tells of its operations, and what its log does.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/server_call.h"

namespace hearth::apps {

// The page of a server (Gateway::StatusJson). Fails as AskServer does, and with UNAVAILABLE if it only
// starts.
absl::StatusOr<nlohmann::ordered_json> AskStatus(const ServerChoice& choice);

// Gives `take` each line of operations.jsonl in the folder that has `part` in it, oldest first, until it
// returns false. A line that is not JSON (its server was killed while it wrote) is left out. NOT_FOUND if
// there is no log.
absl::Status ReadOperationsLog(const std::string& data, const std::string& part,
                               const std::function<bool(nlohmann::ordered_json record)>& take);

// Of records, oldest first: the one whose id is `wanted` or alone begins with it; with an empty `wanted` the
// latest one that is over. NOT_FOUND if there is none, INVALID_ARGUMENT if there are several.
absl::StatusOr<nlohmann::ordered_json> ChooseOperation(const std::vector<nlohmann::ordered_json>& records,
                                                       const std::string& wanted);

// The same of all that the server holds in memory and, where its folder is known, of all in its log, also if
// no server runs there.
absl::StatusOr<nlohmann::ordered_json> FindOperation(const ServerChoice& choice, const std::string& wanted);

}  // namespace hearth::apps
