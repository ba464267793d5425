#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace hearth::store {

/// Who has a store, as it is written in the store itself. The epoch grows with each change of holder and is
/// checked in each transaction, so a former holder that was only slow or stopped cannot write any more: that
/// alone keeps the data safe. The rest decides how soon a successor may come; a clock that jumps can cost a
/// holder its lease, never anybody's data.
struct LeaseRecord {
  int64_t epoch = 0;
  /// For people: "process 123 on host x". Empty: nobody has it.
  std::string holder;
  /// The run of the operating system that the holder lives in; see HostBoot.
  std::string boot;
  /// When the holder last said that it lives, by the wall clock.
  std::chrono::milliseconds renewed{0};
};

/// Of this process.
std::string HolderName();
/// The same for all processes, in all containers, that the same kernel runs; another one after it was started
/// again. Empty if the kernel does not tell.
std::string HostBoot();
/// Wall clock, since 1970.
std::chrono::milliseconds WallClock();

/// Whether a successor may come now: the lease was given back, its holder is known to be dead, or it has not
/// been renewed for `lease_time`. Else FAILED_PRECONDITION, naming the holder and `store`.
absl::Status MayTake(const LeaseRecord& lease, bool holder_is_dead, std::chrono::milliseconds now,
                     std::chrono::milliseconds lease_time, const std::string& store);

}  // namespace hearth::store
