#include "apps/operation_account.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

const Json& At(const Json& json, const char* key) {
  static const Json kNothing;
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

std::string Text(const Json& json, const char* key) {
  const Json& value = At(json, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<double> MaybeNumber(const Json& json, const char* key) {
  const Json& value = At(json, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

double Number(const Json& json, const char* key) { return MaybeNumber(json, key).value_or(0); }

ExpectedAmount AmountOf(const Json& json) {
  return {.median = Number(json, "median"), .p99 = Number(json, "p99"), .source = Text(json, "source")};
}

CandidateAccount CandidateOf(const Json& json) {
  return {.cluster = Text(json, "cluster"),
          .wait_ms = Number(json, "wait_ms"),
          .start_ms = Number(json, "start_ms"),
          .catch_up_ms = Number(json, "catch_up_ms"),
          .run_ms = Number(json, "run_ms")};
}

void AddPlacement(const Json& placement, AttemptAccount* attempt) {
  attempt->text = Text(placement, "text");
  attempt->because = Text(placement, "because");
  attempt->declined = Text(placement, "declined");
  attempt->profile = Text(placement, "profile");
  attempt->profile_cause = Text(placement, "profile_cause");
  attempt->predicted_ms = MaybeNumber(placement, "predicted_ms");
  attempt->waited_ms = Number(placement, "waited_ms");
  attempt->input_bytes = AmountOf(At(placement, "input_bytes"));
  attempt->input_rows = AmountOf(At(placement, "input_rows"));
  attempt->work_seconds = AmountOf(At(placement, "work_seconds"));
  attempt->memory_bytes = AmountOf(At(placement, "memory_bytes"));
  for (const Json& candidate : At(placement, "candidates"))
    attempt->candidates.push_back(CandidateOf(candidate));
}

AttemptAccount AttemptOf(const Json& json) {
  AttemptAccount attempt;
  attempt.cluster = Text(json, "cluster");
  attempt.engine = Text(json, "engine");
  attempt.version = Text(json, "version");
  attempt.began_ms = Number(json, "began_ms");
  attempt.ended_ms = MaybeNumber(json, "ended_ms");
  attempt.verdict = Text(json, "verdict");
  attempt.cause = Text(json, "cause");
  attempt.peak_memory_bytes = Number(json, "peak_memory_bytes");
  attempt.idle_memory_bytes = Number(json, "idle_memory_bytes");
  attempt.cpu_seconds = MaybeNumber(json, "cpu_seconds");
  const Json& shared = At(json, "shared");
  attempt.shared = shared.is_boolean() && shared.get<bool>();
  AddPlacement(At(json, "placement"), &attempt);
  return attempt;
}

}  // namespace

std::optional<double> AttemptAccount::placed_ms() const {
  if (!predicted_ms || candidates.empty()) return std::nullopt;
  return *predicted_ms - candidates.front().finish_ms();
}

std::optional<double> AttemptAccount::WorkTaken() const { return shared ? std::nullopt : cpu_seconds; }

std::optional<double> AttemptAccount::MemoryTaken() const {
  // Memory is looked at ten times a second: of what is over sooner the peak was hardly seen.
  constexpr double kSeenAfterMs = 300;
  const bool was_seen = !shared && ended_ms && *ended_ms - began_ms >= kSeenAfterMs &&
                        idle_memory_bytes > 0 && peak_memory_bytes > idle_memory_bytes;
  return was_seen ? std::optional(peak_memory_bytes - idle_memory_bytes) : std::nullopt;
}

OperationAccount AccountOf(const Json& record) {
  OperationAccount account;
  account.operation = Text(record, "operation");
  account.session = Text(record, "session");
  account.user = Text(record, "user");
  account.workload = Text(record, "workload");
  account.kind = Text(record, "kind");
  account.operation_class = Text(record, "class");
  account.text = Text(record, "text");
  account.outcome = Text(record, "outcome");
  account.error = Text(record, "error");
  if (const Json& started = At(record, "started_at_ms"); started.is_number_integer())
    account.started_at_ms = started.get<int64_t>();
  account.rows = Number(record, "rows");
  account.total_ms = MaybeNumber(record, "total_ms");
  for (const Json& attempt : At(record, "each_attempt")) account.attempts.push_back(AttemptOf(attempt));
  return account;
}

}  // namespace hearth::apps
