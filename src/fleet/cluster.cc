#include "fleet/cluster.h"

#include <time.h>

#include <algorithm>

#include "fleet/launch/cgroup.h"

namespace hearth::fleet {

double Cluster::cpu_seconds() const {
  const pid_t pid = pid_;
  clockid_t clock;
  timespec used;
  if (pid == 0 || ::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return -1;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void Cluster::Remember(const std::string& note) {
  absl::MutexLock lock(&mutex_);
  if (keepers_ != nullptr) keepers_->Remember(process_, note);
}

void Cluster::Forget(const std::string& note) {
  absl::MutexLock lock(&mutex_);
  if (keepers_ != nullptr) keepers_->Forget(process_, note);
}

void Cluster::BeginRun(Run run) {
  absl::MutexLock lock(&mutex_);
  runs_.push_back(std::move(run));
  SetLongLocked(false);
}

void Cluster::SetLongLocked(bool is_long) {
  if (is_long == is_long_ || keepers_ == nullptr) return;
  is_long_ = is_long;
  keepers_->SetBackground(process_, is_long);
}

void Cluster::Sample(base::Instant now) {
  std::vector<std::shared_ptr<std::atomic<uint64_t>>> peaks;
  std::string file;
  {
    absl::MutexLock lock(&mutex_);
    file = memory_file_;
    runs_.erase(
        std::remove_if(runs_.begin(), runs_.end(), [](const Run& run) { return run.peak_memory.expired(); }),
        runs_.end());
    bool is_long = !runs_.empty();
    for (const Run& run : runs_) {
      is_long = is_long && now - run.began >= kForegroundMax;
      if (auto peak = run.peak_memory.lock()) peaks.push_back(std::move(peak));
    }
    SetLongLocked(is_long);
  }
  if (peaks.empty() || file.empty()) return;
  const uint64_t bytes = MemoryIn(file);
  for (const auto& peak : peaks) {
    uint64_t seen = *peak;
    while (seen < bytes && !peak->compare_exchange_weak(seen, bytes)) {
    }
  }
}

}  // namespace hearth::fleet
