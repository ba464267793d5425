#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::wire {

/// The Arrow IPC stream with these rows alone, in ascending order, of the one batch in `stream`. Nothing for
/// what IpcBatch does not read. REQUIRES: the rows are in the batch.
std::optional<std::string> ChooseRows(std::string_view stream, const std::vector<int64_t>& rows);

}  // namespace hearth::wire
