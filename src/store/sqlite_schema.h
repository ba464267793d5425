#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "store/sqlite_handle.h"

namespace hearth::store {

/// One version of the tables in SQLite's file, by the way from the version before it and the way back. A
/// Hearth knows the ways to all versions up to its own; the versions are 1, 2, 3 and so on. A step keeps
/// every entry, both ways, and leaves the table `lease` as it is: a Hearth of any version must be able to
/// read who has the store.
struct SchemaStep {
  std::string_view up;
  std::string_view down;
};

/// Ours. The newest version is its size.
absl::Span<const SchemaStep> SqliteSchema();

/// The version of the file's schema, 0 for an empty file. FAILED_PRECONDITION, in a sentence for the
/// operator, if the file is something else's or of a version beyond `newest`; DATA_LOSS if it is no SQLite
/// file, or of a version that cannot be.
absl::StatusOr<int64_t> SqliteSchemaVersion(SqliteHandle& handle, int64_t newest);

/// Goes step by step from the one version to the other, up or down. Inside of a transaction, which the caller
/// ends.
absl::Status MigrateSqlite(SqliteHandle& handle, absl::Span<const SchemaStep> schema, int64_t from,
                           int64_t to);

}  // namespace hearth::store
