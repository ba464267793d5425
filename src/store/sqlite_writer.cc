#include "store/sqlite_writer.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "store/entry.h"
#include "store/keys.h"
#include "store/limits.h"
#include "store/precondition.h"

namespace hearth::store {

absl::StatusOr<std::unique_ptr<SqliteWriter>> SqliteWriter::Make(OwnedSqlite owned,
                                                                 std::chrono::milliseconds lease_renewal) {
  Statements statements;
  const std::pair<SqliteStatement*, const char*> texts[] = {
      // IMMEDIATE: the lock for writing is taken now, so what is read afterwards cannot be out of date.
      {&statements.begin, "BEGIN IMMEDIATE"},
      {&statements.commit, "COMMIT"},
      {&statements.progress, "UPDATE progress SET transactions = ?1"},
      {&statements.get, "SELECT value, checksum FROM entries WHERE key = ?1"},
      {&statements.put, "REPLACE INTO entries (key, value, checksum) VALUES (?1, ?2, ?3)"},
      {&statements.erase, "DELETE FROM entries WHERE key = ?1"},
      {&statements.erase_range, "DELETE FROM entries WHERE key >= ?1 AND key < ?2"},
      {&statements.erase_from, "DELETE FROM entries WHERE key >= ?1"},
  };
  for (const auto& [statement, text] : texts) {
    absl::StatusOr<SqliteStatement> prepared = owned.handle->Prepare(text);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return absl::WrapUnique(new SqliteWriter(std::move(owned), std::move(statements), lease_renewal));
}

SqliteWriter::SqliteWriter(OwnedSqlite owned, Statements statements, std::chrono::milliseconds lease_renewal)
    : handle_(std::move(owned.handle)),
      lease_(std::move(owned.lease)),
      mark_(std::move(owned.mark)),
      transactions_(owned.transactions),
      statements_(std::move(statements)),
      lease_renewal_(lease_renewal),
      renewed_(std::chrono::steady_clock::now()),
      checkpoint_at_(kSqliteCheckpointPages) {
  // In place of SQLite's own checkpoints, which would run inside of a commit and make its batches wait.
  sqlite3_wal_hook(
      handle_->get(),
      [](void* writer, sqlite3*, const char*, int pages) {
        static_cast<SqliteWriter*>(writer)->log_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

SqliteWriter::~SqliteWriter() {
  Rollback();
  lease_->GiveBack();
}

absl::Status SqliteWriter::Begin() {
  // SQLite would go on writing into a file that nobody will find again.
  if (handle_->HasMoved())
    return absl::UnavailableError(absl::StrCat(handle_->path(), " has been removed or replaced"));
  const absl::Status status = statements_.begin.Run();
  return status.ok() ? lease_->Check() : status;
}

absl::Status SqliteWriter::Apply(const Batch& batch) {
  absl::Status status;
  for (const Batch::Precondition& precondition : batch.preconditions())
    if (status = Check(precondition); !status.ok()) return status;
  for (const Batch::Step& step : batch.steps())
    if (status = Change(step); !status.ok()) return status;
  return status;
}

absl::Status SqliteWriter::Check(const Batch::Precondition& precondition) {
  SqliteStatement& get = statements_.get;
  const SqliteUse use(&get);
  const absl::StatusOr<bool> there = get.Bind(1, precondition.key).Step();
  if (!there.ok()) return there.status();
  return CheckPrecondition(precondition, *there ? std::optional(get.Bytes(0)) : std::nullopt);
}

absl::Status SqliteWriter::Change(const Batch::Step& step) {
  switch (step.change) {
    case Batch::Change::kPut:
      return statements_.put.Bind(1, step.key)
          .Bind(2, step.value)
          .Bind(3, EntryChecksum(step.key, step.value))
          .Run();
    case Batch::Change::kErase: return statements_.erase.Bind(1, step.key).Run();
    case Batch::Change::kErasePrefix: return ErasePrefix(step.key);
  }
  return absl::InternalError("no such change");
}

absl::Status SqliteWriter::ErasePrefix(const std::string& prefix) {
  const std::optional<std::string> end = PrefixEnd(prefix);
  if (!end) return statements_.erase_from.Bind(1, prefix).Run();
  return statements_.erase_range.Bind(1, prefix).Bind(2, *end).Run();
}

absl::Status SqliteWriter::Commit() {
  absl::Status status = statements_.progress.Bind(1, transactions_ + 1).Run();
  if (status.ok()) status = statements_.commit.Run();
  if (status.ok()) mark_->Write(++transactions_);
  return status;
}

void SqliteWriter::Rollback() {
  // Some failures have rolled it back already.
  if (handle_->InTransaction()) handle_->Execute("ROLLBACK").IgnoreError();
}

void SqliteWriter::Upkeep() {
  if (log_pages_ >= checkpoint_at_) Checkpoint();
  const auto now = std::chrono::steady_clock::now();
  if (now - renewed_ < lease_renewal_) return;
  renewed_ = now;
  lease_->Renew();
}

void SqliteWriter::Checkpoint() {
  int pages = 0;
  int moved = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle_->get(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  // A reader may need the rest of the log, or the disk be full: not again before the log has grown as much
  // again.
  const bool all = code == SQLITE_OK && moved == pages;
  checkpoint_at_ = all ? kSqliteCheckpointPages : log_pages_ + kSqliteCheckpointPages;
  // The next commit starts the log from its beginning and says so.
  if (all) log_pages_ = 0;
}

}  // namespace hearth::store
