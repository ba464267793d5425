#include "store/postgres_lease.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "store/lease.h"
#include "store/postgres_values.h"

namespace hearth::store {

namespace {

// Of the table and the epoch: several stores may be in one database, and who had this one before proves
// nothing.
constexpr char kTryLock[] =
    "SELECT pg_try_advisory_lock(('hearth_store'::regclass::oid::bigint << 32) | ($1::bigint & 4294967295))"
    "::int::bigint";

bool TryHold(PostgresConnection& connection, int64_t epoch) {
  const absl::StatusOr<PostgresRows> held = connection.Ask(kTryLock, {PostgresNumber(epoch)});
  return held.ok() && held->Number(0, 0) != 0;
}

constexpr char kRead[] =
    "SELECT epoch, holder, (extract(epoch FROM renewed) * 1000)::bigint,"
    " (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM hearth_store";
constexpr char kLock[] = "SELECT only_row FROM hearth_store FOR UPDATE";

/// The server notices so soon that the process behind a connection has been killed.
constexpr std::chrono::milliseconds kEndNoticed{500};
constexpr absl::Duration kPause = absl::Milliseconds(20);

/// The epoch that is written in the store, if a successor may come now. `lock`: nobody changes it then before
/// the end of the transaction; else the holder is not disturbed.
absl::StatusOr<int64_t> EpochThatMayEnd(PostgresConnection& connection, std::chrono::milliseconds lease_time,
                                        bool lock) {
  if (lock) {
    const absl::StatusOr<PostgresRows> locked = connection.Ask(kLock);
    if (!locked.ok()) return locked.status();
  }
  const absl::StatusOr<PostgresRows> found = connection.Ask(kRead);
  if (!found.ok()) return found.status();
  if (found->count() != 1)
    return absl::DataLossError(absl::StrCat(connection.name(), " is damaged: hearth_store has ",
                                            found->count(), " rows, where there is one"));
  const LeaseRecord before{found->Number(0, 0), std::string(found->Bytes(0, 1)), "",
                           std::chrono::milliseconds(found->Number(0, 2))};
  const std::chrono::milliseconds now(found->Number(0, 3));
  const bool dead = TryHold(connection, before.epoch);
  const absl::Status status = MayTake(before, dead, now, lease_time, connection.name());
  if (!status.ok()) return status;
  return before.epoch;
}

absl::Status TakenOver(const PostgresConnection& connection, const std::string& holder) {
  return absl::FailedPreconditionError(
      absl::StrCat(connection.name(), " has been taken over by another Hearth (", holder, ")"));
}

}  // namespace

absl::StatusOr<PostgresLease> PostgresLease::Take(PostgresConnection& connection,
                                                  std::chrono::milliseconds lease_time) {
  const auto until = std::chrono::steady_clock::now() + kEndNoticed;
  absl::StatusOr<int64_t> before = EpochThatMayEnd(connection, lease_time, /*lock=*/false);
  while (absl::IsFailedPrecondition(before.status()) && std::chrono::steady_clock::now() < until) {
    absl::SleepFor(kPause);
    before = EpochThatMayEnd(connection, lease_time, /*lock=*/false);
  }
  if (before.ok()) before = EpochThatMayEnd(connection, lease_time, /*lock=*/true);
  if (!before.ok()) return before.status();
  const int64_t epoch = *before + 1;
  const absl::StatusOr<PostgresRows> taken = connection.Ask(
      "UPDATE hearth_store SET epoch = $1::bigint, holder = $2::text, renewed = clock_timestamp()",
      {PostgresNumber(epoch), HolderName()});
  if (!taken.ok()) return taken.status();
  return PostgresLease(epoch);
}

absl::StatusOr<int64_t> PostgresLease::LatestCommit(PostgresConnection& connection) const {
  const absl::StatusOr<PostgresRows> rows =
      connection.Ask("SELECT epoch, holder, commit_id FROM hearth_store");
  if (!rows.ok()) return rows.status();
  if (rows->count() == 1 && rows->Number(0, 0) == epoch_) return rows->Number(0, 2);
  return TakenOver(connection, rows->count() == 1 ? std::string(rows->Bytes(0, 1)) : "unknown");
}

bool PostgresLease::ProveLife(PostgresConnection& connection) const { return TryHold(connection, epoch_); }

void PostgresLease::Renew(PostgresConnection& connection) const {
  connection
      .Ask("UPDATE hearth_store SET renewed = clock_timestamp() WHERE epoch = $1::bigint",
           {PostgresNumber(epoch_)})
      .status()
      .IgnoreError();
}

void PostgresLease::GiveBack(PostgresConnection& connection) const {
  connection.Ask("UPDATE hearth_store SET holder = '' WHERE epoch = $1::bigint", {PostgresNumber(epoch_)})
      .status()
      .IgnoreError();
}

}  // namespace hearth::store
