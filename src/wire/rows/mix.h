#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace hearth::wire {

/// Hashes that are the same in every process. Fast, and no defence against somebody who looks for two texts
/// of one hash: whoever does that cheats on his own results.
constexpr uint64_t Mix(uint64_t value) {
  value *= 0x9E3779B97F4A7C15;
  return value ^ (value >> 32);
}

inline uint64_t HashOfBytes(std::string_view bytes, uint64_t seed = 0) {
  uint64_t hash = Mix(seed ^ bytes.size());
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = Mix(hash ^ word);
  }
  uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return Mix(hash ^ rest);
}

}  // namespace hearth::wire
