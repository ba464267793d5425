#pragma once

#include <atomic>

#include "base/clock.h"

namespace hearth::base {

/// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  Instant Now() const override { return Instant(std::chrono::nanoseconds(now_ns_.load())); }
  void Advance(std::chrono::nanoseconds by) { now_ns_ += by.count(); }

 private:
  std::atomic<int64_t> now_ns_{1'000'000'000};
};

}  // namespace hearth::base
