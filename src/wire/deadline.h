#pragma once

#include <grpc/support/time.h>

#include <chrono>

namespace hearth::wire {

/// For a grpc::Alarm; no change of the system's time moves it.
inline gpr_timespec DeadlineIn(std::chrono::milliseconds time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(time.count(), GPR_TIMESPAN));
}

}  // namespace hearth::wire
