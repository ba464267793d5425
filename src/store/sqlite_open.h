#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "store/progress_mark.h"
#include "store/sqlite_handle.h"
#include "store/sqlite_lease.h"
#include "store/sqlite_store.h"

namespace hearth::store {

/// A file of ours that may be written to.
struct OwnedSqlite {
  std::unique_ptr<SqliteHandle> handle;
  std::unique_ptr<SqliteLease> lease;  ///< of `handle`, so it goes first
  std::unique_ptr<ProgressMark> mark;
  /// So many were made, as the table `progress` says.
  int64_t transactions = 0;
};

/// Opens the file, checks it, takes its lease and brings it to a version of the schema. Errors of
/// OpenSqliteStore.
absl::StatusOr<OwnedSqlite> OwnSqlite(const SqliteOptions& options, int64_t version);

}  // namespace hearth::store
