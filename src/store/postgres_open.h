#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "store/postgres_connection.h"
#include "store/postgres_lease.h"
#include "store/postgres_store.h"

namespace hearth::store {

/// A database whose lease is ours.
struct OwnedPostgres {
  std::unique_ptr<PostgresConnection> connection;
  PostgresLease lease;
};

/// Connects, takes the lease and brings the tables to a version of the schema, all or nothing. Errors of
/// OpenPostgresStore.
absl::StatusOr<OwnedPostgres> OwnPostgres(const PostgresOptions& options, int64_t version);

}  // namespace hearth::store
