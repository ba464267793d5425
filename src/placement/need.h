// What an operation needs, in whole numbers that rules can add and compare without surprise.
#pragma once

#include <cstdint>

#include "placement/scheduler.h"

namespace hearth::placement {

struct Need {
  Duration work{0};     ///< of one core, the median; decides the order
  Duration run{0};      ///< expected time on a cluster, without catching up
  Duration run_p99{0};  ///< past this the operation is a suspect
  uint64_t memory = 0;  ///< the p99: what is kept free for it
  bool alone = false;   ///< no other operation beside it
};

/// Never fails: what is missing or absurd becomes what Options says. If `sane` is given it gets the estimate
/// that was gone by.
Need NeedOf(const Request& request, const EngineRules& rules, const Options& options,
            Expectation* sane = nullptr);

/// Small is what may share a cluster; somebody waits for what is interactive.
Rank RankOf(const Need& need, Profile profile, const EngineRules& rules);

/// Where an operation stands in its queue: the smaller the sooner. It comes before all that arrive later than
/// this however small they are, and never later than Options::passed_over_max after it came.
Instant TurnOf(const Need& need, Profile profile, Instant since, const Options& options);

}  // namespace hearth::placement
