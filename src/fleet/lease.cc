#include "fleet/lease.h"

#include "fleet/placer.h"

namespace hearth::fleet {

Lease::Lease(std::shared_ptr<Cluster> cluster, Grant grant, const base::Clock* clock)
    : cluster_(std::move(cluster)),
      placer_(std::move(grant.placer)),
      operation_(grant.operation),
      reason_(std::move(grant.reason)),
      text_(std::move(grant.text)),
      clock_(clock),
      began_(clock->Now()) {
  ++cluster_->running_;
  run_ = cluster_->BeginRun(began_, grant.share);
  cpu_seconds_before_ = cluster_->cpu_seconds();
}

ClusterUsage Lease::usage() const {
  ClusterUsage usage{.peak_memory_bytes = run_->peak_memory,
                     .idle_memory_bytes = cluster_->idle_memory_,
                     .shared = run_->shared};
  const double now = cluster_->cpu_seconds();
  if (now >= 0 && cpu_seconds_before_ >= 0) usage.cpu_seconds = now - cpu_seconds_before_;
  return usage;
}

void Lease::Settle() const {
  if (placer_ != nullptr) placer_->Settle(operation_);
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Return();
  cluster_ = std::move(other.cluster_);
  placer_ = std::move(other.placer_);
  operation_ = other.operation_;
  reason_ = std::move(other.reason_);
  text_ = std::move(other.text_);
  clock_ = other.clock_;
  began_ = other.began_;
  cpu_seconds_before_ = other.cpu_seconds_before_;
  run_ = std::move(other.run_);
  return *this;
}

void Lease::Return() {
  if (cluster_ == nullptr) return;
  run_ = nullptr;
  cluster_->last_used_ = clock_->Now().time_since_epoch().count();
  --cluster_->running_;
  cluster_ = nullptr;
  if (const auto placer = std::move(placer_)) placer->End(operation_);
}

}  // namespace hearth::fleet
