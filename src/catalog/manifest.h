#pragma once

#include <string>

#include "absl/status/status.h"
#include "catalog/change.h"
#include "catalog/storage.h"

namespace hearth::catalog {

/// Folders that writers stage in begin with this, below the table's location: readers ignore them, Spark's
/// too.
inline constexpr char kStagingPrefix[] = "_hearth-";

/// Makes a manifest what it will do whenever it is done: what `replaced` and `cleared` stand for is listed
/// now. NOT_FOUND if a file to be renamed is not there.
absl::Status Settle(Manifest* manifest, Storage& storage);

/// Does what a settled manifest says, or what is left of that: a rename whose source is gone was done before.
absl::Status Execute(const Manifest& manifest, Storage& storage);

}  // namespace hearth::catalog
