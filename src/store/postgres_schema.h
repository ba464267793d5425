#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "store/postgres_connection.h"
#include "store/schema.h"

namespace hearth::store {

/// Ours in PostgreSQL. The newest version is its size.
absl::Span<const SchemaStep> PostgresSchema();

/// The version of the tables, 0 if there are none. FAILED_PRECONDITION, in a sentence for the operator, if it
/// is beyond `newest`.
absl::StatusOr<int64_t> PostgresSchemaVersion(PostgresConnection& connection, int64_t newest);

/// Goes step by step from the one version to the other, up or down. Inside of a transaction, which the caller
/// ends.
absl::Status MigratePostgres(PostgresConnection& connection, absl::Span<const SchemaStep> schema,
                             int64_t from, int64_t to);

}  // namespace hearth::store
