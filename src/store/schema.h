#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hearth::store {

/// One version of a store's tables, by the way from the version before it and the way back. A Hearth knows
/// the ways to all versions up to its own; the versions are 1, 2, 3 and so on. A step keeps every entry, both
/// ways, and leaves the table with the lease as it is: a Hearth of any version must be able to read who has
/// the store.
struct SchemaStep {
  std::string_view up;
  std::string_view down;
};

/// FAILED_PRECONDITION, in a sentence for the operator who starts an older Hearth on a store of a newer one.
absl::Status NewerSchema(const std::string& store, int64_t version, int64_t known);

/// INVALID_ARGUMENT if there is no way to this version; `known` is the newest.
absl::Status CheckSchemaVersion(int64_t version, int64_t known);

}  // namespace hearth::store
