#pragma once

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres_connection.h"

namespace hearth::store {

/// The lease of a store in PostgreSQL (see lease.h): the record is in the one row of hearth_store, times are
/// of the server's clock, and the proof of life is an advisory lock of the epoch, which the server lets go of
/// when the holder's connection has ended. Connections come and go, the lease stays.
class PostgresLease {
 public:
  /// Takes it, in a transaction of the caller's: it is ours once that is committed. FAILED_PRECONDITION if
  /// somebody else has it.
  static absl::StatusOr<PostgresLease> Take(PostgresConnection& connection,
                                            std::chrono::milliseconds lease_time);

  /// The id of the latest transaction of a holder's; FAILED_PRECONDITION if the lease is not ours any more.
  absl::StatusOr<int64_t> LatestCommit(PostgresConnection& connection) const;
  /// Proves by this connection, from now to its end, that we live. False if another one does so still.
  bool ProveLife(PostgresConnection& connection) const;
  /// As SqliteLease.
  void Renew(PostgresConnection& connection) const;
  void GiveBack(PostgresConnection& connection) const;

  int64_t epoch() const { return epoch_; }

 private:
  explicit PostgresLease(int64_t epoch) : epoch_(epoch) {}

  int64_t epoch_;
};

}  // namespace hearth::store
