#include "store/postgres_open.h"

#include <utility>

#include "store/postgres_schema.h"

namespace hearth::store {

namespace {

/// Everything that is done inside of the one transaction.
absl::StatusOr<PostgresLease> TakeOver(PostgresConnection& connection, const PostgresOptions& options,
                                       int64_t version) {
  // Two that make the tables at the same time would be in each other's way.
  absl::Status status = connection.Execute("SELECT pg_advisory_xact_lock(1213355080)");
  if (!status.ok()) return status;
  absl::StatusOr<int64_t> found =
      PostgresSchemaVersion(connection, static_cast<int64_t>(options.schema.size()));
  if (!found.ok()) return found.status();
  // The table of the lease comes with version 1 and stays as it is.
  if (*found == 0) {
    status = MigratePostgres(connection, options.schema, 0, 1);
    if (!status.ok()) return status;
    found = 1;
  }
  absl::StatusOr<PostgresLease> lease = PostgresLease::Take(connection, options.lease_time);
  if (!lease.ok()) return lease.status();
  status = MigratePostgres(connection, options.schema, *found, version);
  if (!status.ok()) return status;
  return lease;
}

}  // namespace

absl::StatusOr<OwnedPostgres> OwnPostgres(const PostgresOptions& options, int64_t version) {
  absl::StatusOr<std::unique_ptr<PostgresConnection>> connection =
      PostgresConnection::Open(options.target, options.silence_max);
  if (!connection.ok()) return connection.status();
  absl::Status status = (*connection)->Execute("BEGIN");
  if (!status.ok()) return status;
  absl::StatusOr<PostgresLease> lease = TakeOver(**connection, options, version);
  if (!lease.ok()) return lease.status();  // The end of the connection rolls everything back.
  status = (*connection)->Execute("COMMIT");
  if (!status.ok()) return status;
  return OwnedPostgres{*std::move(connection), *lease};
}

}  // namespace hearth::store
