#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "fleet/cluster.h"
#include "placement/scheduler.h"

namespace hearth::fleet {

class Placer;

/// The right to run one attempt on a cluster, given back by its destructor. Move-only.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { Return(); }

  const std::shared_ptr<Cluster>& cluster() const { return cluster_; }
  /// Why this cluster, and what was expected; of one that had to be this one only a text.
  const placement::Reason& reason() const { return reason_; }
  const std::string& text() const { return text_; }
  base::Instant began() const { return began_; }
  /// No other lease of the fleet has it.
  uint64_t number() const { return operation_; }
  /// What the cluster has taken since the lease began.
  ClusterUsage usage() const;
  /// The attempt can not be begun again elsewhere from now on.
  void Settle() const;

 private:
  friend class Fleet;
  friend class Placer;
  struct Grant {
    /// nullptr: nobody placed it there.
    std::shared_ptr<Placer> placer;
    uint64_t operation = 0;
    CpuShare share = CpuShare::kWhole;
    placement::Reason reason;
    std::string text;
  };
  Lease(std::shared_ptr<Cluster> cluster, Grant grant, const base::Clock* clock);
  void Return();

  std::shared_ptr<Cluster> cluster_;
  std::shared_ptr<Placer> placer_;
  uint64_t operation_ = 0;
  placement::Reason reason_;
  std::string text_;
  const base::Clock* clock_ = nullptr;
  base::Instant began_{};
  double cpu_seconds_before_ = -1;
  std::shared_ptr<Cluster::Run> run_;
};

}  // namespace hearth::fleet
