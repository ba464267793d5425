#include "gateway/operation_record.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace hearth::gateway {

namespace {
using Json = nlohmann::ordered_json;

std::string KeyOf(const OperationRecord& record) {
  return record.user_id + '\n' + record.session_id + '\n' + record.operation_id;
}

double Rounded(double ms) { return std::round(ms * 1000) / 1000; }

Json JsonOf(const AttemptRecord& attempt) {
  Json json = {{"cluster", attempt.cluster}, {"engine", attempt.engine}};
  if (!attempt.version.empty()) json["version"] = attempt.version;
  json["began_ms"] = Rounded(attempt.began_ms);
  if (attempt.ended_ms >= 0) json["ended_ms"] = Rounded(attempt.ended_ms);
  json["rows"] = attempt.rows;
  json["verdict"] = attempt.verdict;
  if (attempt.peak_memory_bytes > 0) json["peak_memory_bytes"] = attempt.peak_memory_bytes;
  if (attempt.cpu_seconds >= 0) json["cpu_seconds"] = Rounded(attempt.cpu_seconds);
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
