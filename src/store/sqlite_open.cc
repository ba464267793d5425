#include "store/sqlite_open.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/entry.h"
#include "store/keys.h"

namespace hearth::store {

namespace {

absl::Status Damaged(const SqliteHandle& handle, const std::string& how) {
  return absl::DataLossError(absl::StrCat(handle.path(), " is damaged: ", how));
}

/// A key that changed on the disk is not found any more, and can hide others: whoever looks for them turns
/// the wrong way at it, or stops there. quick_check does not compare keys.
absl::Status CheckKeys(SqliteHandle& handle) {
  absl::StatusOr<SqliteStatement> entries = handle.Prepare("SELECT key, checksum, value FROM entries");
  if (!entries.ok()) return entries.status();
  std::string before;
  for (bool first = true;; first = false) {
    const absl::StatusOr<bool> row = entries->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    const std::string_view key = entries->Bytes(0);
    if ((!first && key <= before) || !KeyIsIntact(key, entries->Bytes(2), entries->Number(1)))
      return Damaged(handle, absl::StrCat("what is now the key ", QuotedKey(key), " was another one"));
    before = key;
  }
}

/// A statement of ours that SQLite finds wrong can only mean that the text which describes the tables has
/// changed: it lies in the file too.
absl::Status TablesAreOurs(const SqliteHandle& handle, const absl::Status& status) {
  if (!absl::IsInternal(status)) return status;
  return Damaged(handle, absl::StrCat("its tables are not those of its version: ", status.message()));
}

/// DATA_LOSS with what SQLite found, if it found anything.
absl::Status CheckStructure(SqliteHandle& handle) {
  const absl::StatusOr<std::string> found = handle.Text("PRAGMA quick_check(5)");
  if (!found.ok()) return found.status();
  if (*found != "ok") return Damaged(handle, *found);
  return CheckKeys(handle);
}

/// A log that was cut or removed leaves a sound file that has forgotten what was answered last.
absl::Status CheckProgress(int64_t version, OwnedSqlite* owned) {
  if (version == 1) {
    owned->mark->Write(0);  // That version keeps none.
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> made = 0;
  if (version > 1) made = owned->handle->Number("SELECT transactions FROM progress");
  if (!made.ok()) return TablesAreOurs(*owned->handle, made.status());
  const int64_t answered = owned->mark->Read();
  if (answered <= *made) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(owned->handle->path(), " lacks the last ", answered - *made,
                                          " transactions that were answered: its log (-wal) was cut, changed "
                                          "or removed, or it was put back from a "
                                          "copy (then remove ",
                                          ProgressMarkOf(owned->handle->path()), " to go on from there)"));
}

/// Everything that Open does inside of its one transaction.
absl::Status TakeOver(const SqliteOptions& options, int64_t version, OwnedSqlite* owned) {
  SqliteHandle& handle = *owned->handle;
  absl::StatusOr<int64_t> found = SqliteSchemaVersion(handle, static_cast<int64_t>(options.schema.size()));
  if (!found.ok()) return found.status();
  const int64_t version_before = *found;
  // The table of the lease comes with version 1 and stays as it is.
  absl::Status status;
  if (*found == 0) {
    status = MigrateSqlite(handle, options.schema, 0, 1);
    if (!status.ok()) return status;
    found = 1;
  }
  absl::StatusOr<std::unique_ptr<SqliteLease>> lease = SqliteLease::Take(handle, options.lease_time);
  if (!lease.ok()) return TablesAreOurs(handle, lease.status());
  owned->lease = *std::move(lease);
  status = TablesAreOurs(handle, CheckStructure(handle));
  if (status.ok()) status = CheckProgress(version_before, owned);
  if (status.ok()) status = MigrateSqlite(handle, options.schema, *found, version);
  if (!status.ok() || version < 2) return status;
  const absl::StatusOr<int64_t> made = handle.Number("SELECT transactions FROM progress");
  if (made.ok()) owned->transactions = *made;
  return TablesAreOurs(handle, made.status());
}

/// A damaged or foreign file must not be touched, not even its header, so it is looked at before it is set
/// up.
absl::Status SetUp(SqliteHandle& handle, const SqliteOptions& options) {
  const absl::StatusOr<int64_t> version =
      SqliteSchemaVersion(handle, static_cast<int64_t>(options.schema.size()));
  if (!version.ok()) return version.status();
  const absl::StatusOr<std::string> mode = handle.Text("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  if (*mode != "wal")
    return absl::UnavailableError(
        absl::StrCat(handle.path(), " cannot have a write-ahead log where it lies"));
  return handle.Execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
}

}  // namespace

absl::StatusOr<OwnedSqlite> OwnSqlite(const SqliteOptions& options, int64_t version) {
  absl::StatusOr<std::unique_ptr<SqliteHandle>> handle =
      SqliteHandle::Open(options.path, SqliteHandle::Missing::kMake);
  if (!handle.ok()) return handle.status();
  OwnedSqlite owned{*std::move(handle), nullptr, nullptr, 0};
  absl::StatusOr<std::unique_ptr<ProgressMark>> mark = ProgressMark::Open(ProgressMarkOf(options.path));
  if (!mark.ok()) return mark.status();
  owned.mark = *std::move(mark);
  // What is refused keeps its log, too.
  owned.handle->KeepLogAtEnd(true);
  absl::Status status = SetUp(*owned.handle, options);
  if (status.ok()) status = owned.handle->Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  status = TakeOver(options, version, &owned);
  if (status.ok()) status = owned.handle->Execute("COMMIT");
  if (status.ok()) {
    owned.handle->KeepLogAtEnd(false);
    return owned;
  }
  owned.lease.reset();
  owned.handle->Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace hearth::store
