#pragma once

#include <cstdint>
#include <string_view>

namespace hearth::store {

/// CRC-32C (Castagnoli) of `bytes`, continued from the checksum of what stood before them: finds every change
/// of up to three bits in a row of a few kilobytes, and any other but for one in 2^32. By the processor's
/// instruction where it has one.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

/// The same on any processor. For the test.
uint32_t Crc32cByTable(std::string_view bytes, uint32_t before = 0);

}  // namespace hearth::store
