#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hearth::wire {

/// What tells the rows of a batch from others: equal rows have equal hashes, whatever lies under a null and
/// however the rows are cut into batches.
struct RowHashes {
  /// Of the stream's schema message.
  uint64_t schema = 0;
  std::vector<uint64_t> rows;
};

/// Of the one batch in this Arrow IPC stream; nothing for what IpcBatch does not read.
std::optional<RowHashes> HashRows(std::string_view stream);

}  // namespace hearth::wire
