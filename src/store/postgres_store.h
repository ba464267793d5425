#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "store/limits.h"
#include "store/postgres_schema.h"
#include "store/postgres_target.h"
#include "store/store.h"

namespace hearth::store {

struct PostgresOptions {
  PostgresTarget target;
  size_t queue_bytes_max = kQueueBytesMax;
  std::chrono::milliseconds lease_time = kLeaseTime;
  std::chrono::milliseconds lease_renewal = kLeaseRenewal;
  std::chrono::milliseconds silence_max = kPostgresSilenceMax;
  std::chrono::milliseconds reconnect_time = kPostgresReconnectTime;
  /// Tests have one of their own.
  absl::Span<const SchemaStep> schema = PostgresSchema();
};

/// Opens the store in a database of PostgreSQL (12 or later; a direct connection, not one that a pooler
/// shares out by transaction), makes its tables if there are none, and brings them to our version of the
/// schema. All or nothing. The tables lie where the search_path leads: one database can hold several stores.
///
/// A commit whose connection is lost before it is answered is looked up when there is one again, and made
/// then if it was not; while the server is away for no longer than reconnect_time, nobody notices more than
/// that. A commit that could still happen is not answered before its fate is known, however long that takes;
/// one that was not sent fails after reconnect_time. Only when the store is closed meanwhile it is
/// UNAVAILABLE, and may be found later, whole.
///   FAILED_PRECONDITION  another Hearth has the store; or it is a newer Hearth's
///   UNAVAILABLE          the server cannot be reached, refuses us, or does not answer
///   DATA_LOSS            the tables are damaged
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options);

/// Takes a store that is not in use to another version of the schema, before an older Hearth is started on
/// it. INVALID_ARGUMENT for versions that options.schema has no way to; else as OpenPostgresStore.
absl::Status MigratePostgresStore(const PostgresOptions& options, int64_t version);

}  // namespace hearth::store
