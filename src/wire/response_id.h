#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::wire {

/// Makes and reads the response ids of one operation. To a client an id is an opaque UUID; to us it carries
/// its position, so a reattach finds its place without a map of everything ever sent. Immutable.
class ResponseIdSequence {
 public:
  /// A sequence whose ids no other operation shares.
  ResponseIdSequence();

  /// The id of the response at this position; positions count from 1.
  std::string At(uint64_t position) const;

  /// The position that `id` stands for, or nullopt if this operation never gave out such an id.
  std::optional<uint64_t> PositionOf(std::string_view id) const;

 private:
  std::string prefix_;
};

}  // namespace hearth::wire
