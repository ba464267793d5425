#include "wire/session.h"

#include <utility>

namespace hearth::wire {

Session::Session(SessionKey key, const Limits& limits, base::Instant now, std::string server_side_id)
    : key_(std::move(key)),
      server_side_id_(std::move(server_side_id)),
      limits_(limits),
      opened_(now),
      last_used_(now.time_since_epoch().count()),
      errors_(limits),
      operations_(limits) {}

grpc::Status Session::Report(const Failure& failure, base::Instant now) {
  std::string error_id;
  const bool enriched = configuration_.GetOption("spark.sql.connect.enrichError.enabled") != "false";
  if (enriched && !failure.details.empty()) error_id = errors_.Put(failure.details, now);
  return StatusOf(failure, error_id, limits_);
}

std::optional<std::string> Session::TakeErrorDetails(std::string_view error_id, base::Instant now) {
  return errors_.Take(error_id, now);
}

}  // namespace hearth::wire
