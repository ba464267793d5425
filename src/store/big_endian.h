#pragma once

#include <cstdint>
#include <string_view>

namespace hearth::store {

/// The number that up to eight bytes are, the most significant first.
inline uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace hearth::store
