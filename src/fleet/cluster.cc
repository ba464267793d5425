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

std::shared_ptr<Cluster::Run> Cluster::BeginRun(base::Instant now, CpuShare share) {
  auto run = std::make_shared<Run>(now, share);
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Run>> runs = LivingLocked();
  for (const auto& other : runs) other->shared = run->shared = true;
  if (!run->shared && !memory_file_.empty()) idle_memory_ = MemoryIn(memory_file_);
  runs_.push_back(run);
  runs.push_back(run);
  SetShareLocked(now, runs);
  return run;
}

std::vector<std::shared_ptr<Cluster::Run>> Cluster::LivingLocked() {
  std::vector<std::shared_ptr<Run>> living;
  runs_.erase(std::remove_if(runs_.begin(), runs_.end(),
                             [&living](const std::weak_ptr<Run>& run) {
                               if (auto it = run.lock()) living.push_back(std::move(it));
                               return run.expired();
                             }),
              runs_.end());
  return living;
}

void Cluster::SetShareLocked(base::Instant now, const std::vector<std::shared_ptr<Run>>& runs) {
  if (keepers_ == nullptr || runs.empty()) return;
  CpuShare share = CpuShare::kLeast;
  for (const auto& run : runs) {
    if (now - run->began < kForegroundMax) share = std::min(share, run->share);
  }
  if (share == share_) return;
  share_ = share;
  keepers_->SetShare(process_, share);
}

void Cluster::Sample(base::Instant now) {
  std::vector<std::shared_ptr<Run>> runs;
  std::string file;
  {
    absl::MutexLock lock(&mutex_);
    file = memory_file_;
    runs = LivingLocked();
    SetShareLocked(now, runs);
  }
  if (file.empty()) return;
  const uint64_t bytes = MemoryIn(file);
  if (runs.empty()) idle_memory_ = bytes;
  for (const auto& run : runs) {
    uint64_t seen = run->peak_memory;
    while (seen < bytes && !run->peak_memory.compare_exchange_weak(seen, bytes)) {
    }
  }
}

}  // namespace hearth::fleet
