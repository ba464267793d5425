#include "store/sqlite_lease.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "store/lease.h"

namespace hearth::store {

namespace {

absl::StatusOr<LeaseRecord> Read(SqliteHandle& handle) {
  absl::StatusOr<SqliteStatement> select =
      handle.Prepare("SELECT epoch, holder, boot, renewed_ms FROM lease");
  if (!select.ok()) return select.status();
  const absl::StatusOr<bool> row = select->Step();
  if (!row.ok()) return row.status();
  if (!*row) return LeaseRecord{};
  return LeaseRecord{select->Number(0), std::string(select->Bytes(1)), std::string(select->Bytes(2)),
                     std::chrono::milliseconds(select->Number(3))};
}

absl::Status Write(SqliteHandle& handle, const LeaseRecord& lease) {
  absl::StatusOr<SqliteStatement> replace =
      handle.Prepare("REPLACE INTO lease VALUES (1, ?1, CAST(?2 AS TEXT), CAST(?3 AS TEXT), ?4)");
  if (!replace.ok()) return replace.status();
  replace->Bind(1, lease.epoch).Bind(2, lease.holder).Bind(3, lease.boot);
  return replace->Bind(4, lease.renewed.count()).Run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteLease>> SqliteLease::Take(SqliteHandle& handle,
                                                               std::chrono::milliseconds lease_time) {
  const absl::StatusOr<LeaseRecord> before = Read(handle);
  if (!before.ok()) return before.status();
  absl::StatusOr<std::unique_ptr<LifeLock>> life = LifeLock::Open(handle.path() + "-lease");
  if (!life.ok()) return life.status();
  const std::string boot = HostBoot();
  // Of a holder under another kernel a lock on this host says nothing.
  const bool dead = !boot.empty() && before->boot == boot && (*life)->TryHold(before->epoch);
  absl::Status status = MayTake(*before, dead, WallClock(), lease_time, handle.path());
  if (!status.ok()) return status;

  const int64_t epoch = before->epoch + 1;
  if (!(*life)->TryHold(epoch)) {
    return absl::FailedPreconditionError(
        absl::StrCat(handle.path(), " is in use by another Hearth under epoch ", epoch,
                     ", which the file does not know of: was it put back from a copy while that one runs?"));
  }
  status = Write(handle, {epoch, HolderName(), boot, WallClock()});
  if (!status.ok()) return status;
  absl::StatusOr<SqliteStatement> check = handle.Prepare("SELECT epoch, holder FROM lease");
  if (!check.ok()) return check.status();
  absl::StatusOr<SqliteStatement> renew = handle.Prepare("UPDATE lease SET renewed_ms = ?1 WHERE epoch = ?2");
  if (!renew.ok()) return renew.status();
  return absl::WrapUnique(
      new SqliteLease(handle, *std::move(life), epoch, *std::move(check), *std::move(renew)));
}

absl::Status SqliteLease::Check() {
  const SqliteUse use(&check_);
  const absl::StatusOr<bool> row = check_.Step();
  if (!row.ok()) return row.status();
  if (*row && check_.Number(0) == epoch_) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(handle_.path(),
                                                    " has been taken over by another Hearth (",
                                                    *row ? std::string(check_.Bytes(1)) : "unknown", ")"));
}

void SqliteLease::Renew() { renew_.Bind(1, WallClock().count()).Bind(2, epoch_).Run().IgnoreError(); }

void SqliteLease::GiveBack() {
  handle_.Execute(absl::StrCat("UPDATE lease SET holder = '' WHERE epoch = ", epoch_)).IgnoreError();
}

}  // namespace hearth::store
