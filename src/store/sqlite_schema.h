#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "store/schema.h"
#include "store/sqlite_handle.h"

namespace hearth::store {

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
