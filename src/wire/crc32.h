#pragma once

#include <cstdint>
#include <string_view>

namespace hearth::wire {

/// The checksum of an artifact's chunk: java.util.zip.CRC32, which is zlib's. Runs at the speed of memory
/// where the processor multiplies without carries, since every byte of a client's local data comes by here
/// three times: into the gateway, out of it, and into a cluster.
uint32_t Crc32(std::string_view bytes);

/// The same, one byte after the other on any processor. For the test.
uint32_t Crc32ByTable(std::string_view bytes);

}  // namespace hearth::wire
