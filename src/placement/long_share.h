// How many slots long work may hold: all but those that short work has lately been seen to need.
#pragma once

#include <cstdint>
#include <optional>

#include "placement/scheduler.h"

namespace hearth::placement {

class LongShare {
 public:
  explicit LongShare(const Options& options) : options_(options) {}

  /// So many short operations wait or run from now on.
  void SetShort(Instant now, int64_t count);
  /// Long work gets, or gives back, so many slots.
  void Take(int slots) { held_ += slots; }
  void Give(int slots) { held_ -= slots; }

  /// Slots of `total` that are kept from long work.
  int Kept(int total) const;
  /// Whether long work may take so many more. Work that would be the only long one always may: it must run
  /// somewhere.
  bool Allows(int slots, int total) const { return held_ == 0 || held_ + slots <= total - Kept(total); }
  int held() const { return held_; }

 private:
  const Options& options_;
  int held_ = 0;
  int64_t short_now_ = 0;
  double short_average_ = 0;
  /// How long it has been learned from, at most Options::learning_time.
  Duration learned_{0};
  std::optional<Instant> since_;
};

}  // namespace hearth::placement
