#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/life_lock.h"
#include "store/sqlite_handle.h"

namespace hearth::store {

/// The lease of a store that is a SQLite file (see lease.h): the record is a row of the table `lease`, and
/// the proof of life is a lock in the file `<path>-lease` beside it. Not thread-safe; the handle outlives it.
class SqliteLease {
 public:
  /// Takes the lease, in a transaction of the caller's: it is ours once that is committed.
  /// FAILED_PRECONDITION if somebody else has it.
  static absl::StatusOr<std::unique_ptr<SqliteLease>> Take(SqliteHandle& handle,
                                                           std::chrono::milliseconds lease_time);

  /// FAILED_PRECONDITION if it is not ours any more. For sure only inside of a write transaction.
  absl::Status Check();
  /// Says that we live, outside of transactions. If that fails, or the lease is not ours any more, the next
  /// transaction will tell.
  void Renew();
  /// A successor may come at once.
  void GiveBack();

 private:
  SqliteLease(SqliteHandle& handle, std::unique_ptr<LifeLock> life, int64_t epoch, SqliteStatement check,
              SqliteStatement renew)
      : handle_(handle),
        life_(std::move(life)),
        epoch_(epoch),
        check_(std::move(check)),
        renew_(std::move(renew)) {}

  SqliteHandle& handle_;
  const std::unique_ptr<LifeLock> life_;
  const int64_t epoch_;
  SqliteStatement check_;
  SqliteStatement renew_;
};

}  // namespace hearth::store
