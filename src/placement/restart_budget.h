// Which running attempts are worth to be begun again: little work thrown away, few times an operation.
#pragma once

#include <algorithm>

#include "placement/operation.h"

namespace hearth::placement {

class RestartBudget {
 public:
  explicit RestartBudget(const Options& options) : options_(options) {}

  /// So much slot time came to its end.
  void Done(Duration slot_time) { done_ += slot_time; }
  /// Whether the attempt may be restarted now, which throws away what it has done.
  bool Allows(const Operation& operation, Instant now) const {
    if (!operation.request.may_restart || operation.restart_asked) return false;
    if (std::max(0, operation.request.restarts) >= options_.restarts_max) return false;
    const Duration lost = now - operation.started;
    return wasted_ + lost <= (done_ / 1000) * options_.wasted_permille_max;
  }
  void Waste(const Operation& operation, Instant now) { wasted_ += now - operation.started; }

 private:
  const Options& options_;
  Duration done_{0};
  Duration wasted_{0};
};

}  // namespace hearth::placement
