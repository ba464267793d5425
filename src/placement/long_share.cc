#include "placement/long_share.h"

#include <algorithm>
#include <cmath>

namespace hearth::placement {

/// The average forgets at a steady rate; nothing but the four operations and the root, so that it is the same
/// everywhere.
void LongShare::SetShort(Instant now, int64_t count) {
  const Duration held = std::clamp(now - since_.value_or(now), Duration(0), options_.learning_time);
  since_ = now;
  const double weight =
      std::chrono::duration<double>(held) /
      (std::chrono::duration<double>(options_.learning_time) + std::chrono::duration<double>(held));
  short_average_ += (static_cast<double>(short_now_) - short_average_) * weight;
  learned_ = std::min(options_.learning_time, learned_ + held);
  short_now_ = count;
}

int LongShare::Kept(int total) const {
  if (total < 2) return 0;
  if (learned_ < options_.learning_time) return std::max(1, total / std::max(1, options_.kept_from_long));
  const double wanted = short_average_ + options_.kept_spread * std::sqrt(short_average_);
  const int least = std::max(1, total * options_.kept_percent_min / 100);
  const int most = std::max(least, total * options_.kept_percent_max / 100);
  return std::clamp(static_cast<int>(std::min(wanted, static_cast<double>(most))), least, most);
}

}  // namespace hearth::placement
