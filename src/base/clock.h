#pragma once

#include <chrono>

namespace hearth::base {

using Instant = std::chrono::steady_clock::time_point;

/// The one door to time for everything that expires. Tests advance a ManualClock instead of sleeping.
/// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic: only differences mean something.
  virtual Instant Now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  Instant Now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace hearth::base
