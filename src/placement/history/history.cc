#include "placement/history/history.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/crc_table.h"
#include "placement/size/costs.h"

namespace hearth::placement {

namespace {

/// What records begin with; another number for another form.
constexpr std::string_view kForm = "HS\x01";

constexpr base::CrcTable kCrcTable = base::MakeCrcTable(0xEDB88320U);

uint32_t Crc(std::string_view bytes) { return ~base::ContinueCrc(kCrcTable, 0xFFFFFFFFU, bytes); }

std::optional<float> Logarithm(double amount) {
  // False for what is no number.
  if (!(amount > 0 && amount <= Amount::kMedianMax)) return std::nullopt;
  return static_cast<float>(std::log(std::max(amount, 1e-9)));
}

Measure MeasureOf(double actual, double planned, bool is_bound, bool shared) {
  const auto logarithm = Logarithm(actual);
  // Of what ended early beside others nothing is known.
  if (!logarithm || (is_bound && shared)) return {};
  const auto kind = is_bound ? Measure::kAtLeast : shared ? Measure::kAtMost : Measure::kExact;
  return {kind, *logarithm, Logarithm(planned)};
}

}  // namespace

void History::Add(const Workload& workload, std::string_view version, const Observation& observation) {
  if (workload.fingerprint.empty() || workload.fingerprint.size() > kNameMax ||
      workload.engine.size() > kNameMax)
    return;
  const Sample sample{
      MeasureOf(observation.work, observation.planned_work, observation.work_is_bound, observation.shared),
      MeasureOf(observation.peak_memory, observation.planned_memory, observation.memory_is_bound,
                observation.shared),
      Crc(version), kCostsVersion};
  if (sample.work.kind == Measure::kUnknown && sample.memory.kind == Measure::kUnknown) return;
  absl::MutexLock lock(&mutex_);
  auto& engines = Place(workload.fingerprint).engines;
  auto found = std::find_if(engines.begin(), engines.end(),
                            [&workload](const Series& series) { return series.engine == workload.engine; });
  if (found == engines.end()) {
    if (engines.size() == kEnginesMax) engines.pop_back();
    found = engines.insert(engines.end(), Series{workload.engine, {}});
  }
  std::rotate(engines.begin(), found, found + 1);
  engines.front().Add(sample);
}

Estimate History::Correct(const Workload& workload, std::string_view version, Estimate planned) const {
  planned = Tamed(std::move(planned));
  absl::MutexLock lock(&mutex_);
  const Series* series = Find(workload);
  if (series == nullptr) return planned;
  const uint32_t number = Crc(version);
  planned.work = Forecast(*series, &Sample::work, number, planned.work);
  planned.peak_memory = Forecast(*series, &Sample::memory, number, planned.peak_memory);
  return planned;
}

size_t History::Runs(const Workload& workload) const {
  absl::MutexLock lock(&mutex_);
  const Series* series = Find(workload);
  return series == nullptr ? 0 : series->samples.size();
}

size_t History::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

bool History::Knows(const std::string& fingerprint) const {
  absl::MutexLock lock(&mutex_);
  return places_.contains(fingerprint);
}

std::string History::Encode(const std::string& fingerprint) const {
  absl::MutexLock lock(&mutex_);
  const auto place = places_.find(fingerprint);
  if (place == places_.end()) return "";
  std::string record(kForm);
  for (const Series& series : place->second->engines) series.Encode(&record);
  const uint32_t crc = Crc(record);
  for (int i = 0; i < 4; ++i) record.push_back(static_cast<char>(crc >> (8 * i)));
  return record;
}

bool History::Decode(const std::string& fingerprint, std::string_view record) {
  if (fingerprint.empty() || fingerprint.size() > kNameMax) return false;
  if (record.size() < kForm.size() + 4 || record.size() > kRecordBytesMax) return false;
  const std::string_view body = record.substr(0, record.size() - 4);
  uint32_t crc = 0;
  for (size_t i = 4; i > 0; --i) crc = crc << 8 | static_cast<uint8_t>(record[body.size() + i - 1]);
  if (!body.starts_with(kForm) || Crc(body) != crc) return false;
  std::string_view rest = body.substr(kForm.size());
  std::vector<Series> engines;
  while (!rest.empty()) {
    auto series = Series::Decode(&rest);
    if (!series || engines.size() == kEnginesMax) return false;
    engines.push_back(std::move(*series));
  }
  absl::MutexLock lock(&mutex_);
  Place(fingerprint).engines = std::move(engines);
  return true;
}

const Series* History::Find(const Workload& workload) const {
  const auto place = places_.find(workload.fingerprint);
  if (place == places_.end()) return nullptr;
  for (const Series& series : place->second->engines) {
    if (series.engine == workload.engine) return &series;
  }
  return nullptr;
}

History::Entry& History::Place(const std::string& fingerprint) {
  const auto place = places_.find(fingerprint);
  if (place != places_.end()) {
    entries_.splice(entries_.begin(), entries_, place->second);
    return entries_.front();
  }
  if (entries_.size() >= std::max<size_t>(limits_.fingerprints_max, 1)) {
    places_.erase(entries_.back().fingerprint);
    entries_.pop_back();
  }
  entries_.push_front({fingerprint, {}});
  places_[fingerprint] = entries_.begin();
  return entries_.front();
}

}  // namespace hearth::placement
