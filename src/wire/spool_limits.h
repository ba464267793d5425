#pragma once

#include <cstddef>

namespace hearth::wire {

/// What results may take while they wait for their clients.
struct SpoolLimits {
  /// Most bytes in files, of one operation and of all. The response that exceeds it is still taken.
  size_t operation_bytes_max = size_t{4} << 30;
  size_t bytes_max = size_t{16} << 30;
  /// So much of the disk is left free, or a twentieth of it if that is less: the store may be on it.
  size_t disk_reserve_bytes = size_t{1} << 30;
  /// When all hold more than this in memory, what comes goes to files at once, but for a little of each
  /// operation.
  size_t memory_bytes_max = size_t{192} << 20;
  size_t operation_memory_bytes_min = size_t{1} << 20;
};

}  // namespace hearth::wire
