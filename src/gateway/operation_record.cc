#include "gateway/operation_record.h"

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hearth::gateway {

namespace {
using Json = nlohmann::ordered_json;

std::string KeyOf(const OperationRecord& record) {
  return record.user_id + '\n' + record.session_id + '\n' + record.operation_id;
}

double Rounded(double ms) { return std::round(ms * 1000) / 1000; }

double Milliseconds(placement::Duration duration) {
  return Rounded(std::chrono::duration<double, std::milli>(duration).count());
}

Json JsonOf(const placement::Amount& amount) {
  return {{"median", amount.median}, {"p99", amount.p99()}, {"source", amount.source}};
}

Json JsonOf(const placement::Candidate& candidate) {
  return {{"cluster", candidate.cluster},
          {"wait_ms", Milliseconds(candidate.wait)},
          {"start_ms", Milliseconds(candidate.start)},
          {"catch_up_ms", Milliseconds(candidate.catch_up)},
          {"run_ms", Milliseconds(candidate.run)}};
}

Json JsonOf(const PlacementRecord& placement) {
  Json json = {{"text", placement.text}};
  if (!placement.declined.empty()) json["declined"] = placement.declined;
  if (placement.predicted_ms < 0) return json;
  json["because"] = placement::Text(placement.reason.because);
  json["waited_ms"] = Milliseconds(placement.reason.waited);
  json["predicted_ms"] = Rounded(placement.predicted_ms);
  json["profile"] = placement.profile;
  json["profile_cause"] = placement.profile_cause;
  json["input_bytes"] = JsonOf(placement.estimate.input_bytes);
  json["input_rows"] = JsonOf(placement.estimate.input_rows);
  json["work_seconds"] = JsonOf(placement.estimate.work);
  json["memory_bytes"] = JsonOf(placement.estimate.peak_memory);
  for (const placement::Candidate& candidate : placement.reason.candidates)
    json["candidates"].push_back(JsonOf(candidate));
  return json;
}

Json JsonOf(const AttemptRecord& attempt) {
  Json json = {{"cluster", attempt.cluster}, {"engine", attempt.engine}};
  if (!attempt.version.empty()) json["version"] = attempt.version;
  json["began_ms"] = Rounded(attempt.began_ms);
  if (attempt.ended_ms >= 0) json["ended_ms"] = Rounded(attempt.ended_ms);
  json["rows"] = attempt.rows;
  json["verdict"] = attempt.verdict;
  if (!attempt.cause.empty()) json["cause"] = attempt.cause;
  if (attempt.peak_memory_bytes > 0) json["peak_memory_bytes"] = attempt.peak_memory_bytes;
  if (attempt.idle_memory_bytes > 0) json["idle_memory_bytes"] = attempt.idle_memory_bytes;
  if (attempt.cpu_seconds >= 0) json["cpu_seconds"] = std::round(attempt.cpu_seconds * 1e6) / 1e6;
  json["shared"] = attempt.shared;
  json["placement"] = JsonOf(attempt.placement);
  return json;
}
}  // namespace

std::string OperationRecord::ToJson() const {
  Json json = {
      {"started_at_ms", started_at_ms},
      {"operation", operation_id},
      {"session", session_id},
      {"user", user_id},
      {"kind", kind},
      {"class", operation_class},
      {"fingerprint", fingerprint},
      {"text", text},
      {"cluster", cluster},
      {"placement", placement},
      {"attempts", attempts.size()},
      {"continued", continued},
      {"rows", rows},
      {"bytes", bytes},
  };
  const auto time = [&](const char* name, double ms) {
    if (ms >= 0) json[name] = Rounded(ms);
  };
  if (!workload.empty()) json["workload"] = workload;
  time("queued_ms", queued_ms);
  time("sent_ms", sent_ms);
  time("first_row_ms", first_row_ms);
  time("total_ms", total_ms);
  if (!result_hash.empty()) json["result_hash"] = result_hash;
  for (const AttemptRecord& attempt : attempts) json["each_attempt"].push_back(JsonOf(attempt));
  json["outcome"] = outcome;
  if (!error.empty()) json["error"] = error;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void OperationLog::Update(const OperationRecord& record) {
  absl::MutexLock lock(&mutex_);
  running_[KeyOf(record)] = record;
}

void OperationLog::Finish(const OperationRecord& record) {
  {
    absl::MutexLock lock(&mutex_);
    running_.erase(KeyOf(record));
    finished_.push_back(record);
    ++finished_count_;
    if (finished_.size() > finished_max_) finished_.pop_front();
  }
  if (sink_) sink_(record.ToJson());
}

std::vector<OperationRecord> OperationLog::Recent() const {
  absl::MutexLock lock(&mutex_);
  std::vector<OperationRecord> records(finished_.begin(), finished_.end());
  for (const auto& [key, record] : running_) records.push_back(record);
  return records;
}

OperationLog::Counts OperationLog::counts() const {
  absl::MutexLock lock(&mutex_);
  return {running_.size(), finished_count_};
}

}  // namespace hearth::gateway
