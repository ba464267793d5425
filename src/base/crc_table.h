#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hearth::base {

/// Of a cyclic redundancy check of 32 bits, by its polynomial with reflected bits: what a byte does to the
/// checksum.
using CrcTable = std::array<uint32_t, 256>;

constexpr CrcTable MakeCrcTable(uint32_t polynomial) {
  CrcTable table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? polynomial ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

/// Continues a checksum whose complement is `crc`, and gives the complement of what it is then.
inline uint32_t ContinueCrc(const CrcTable& table, uint32_t crc, std::string_view bytes) {
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFFU] ^ (crc >> 8);
  return crc;
}

}  // namespace hearth::base
