#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hearth::store {

/// What is to become of a damaged store. Without `lost` it is refused.
struct SalvageOptions {
  /// The prefix of all keys that are of use only together with the one asked about ("session/7/"), or "" for
  /// an entry that stands alone. If one of them may be missing, none of them is brought back.
  std::function<std::string(std::string_view key)> belonging;
  /// Told, in words for the operator, of everything that was not brought back, and where the damaged file is.
  std::function<void(const std::string& what)> lost;
};

/// Makes a new store of what can be read of a damaged one, and puts it in its place; the damaged file and its
/// log are kept under another name, which `lost` is told. Killed at any moment, it is done again or finished
/// at the next start. If the store has forgotten transactions (ProgressMark), nothing that belongs together
/// can be relied on. `why` it is needed.
absl::Status SalvageSqlite(const std::string& path, const absl::Status& why, const SalvageOptions& options);

/// Finishes a salvage that was interrupted when the new store was whole. Nothing, if there was none.
absl::Status FinishSalvage(const std::string& path);

}  // namespace hearth::store
