#pragma once

#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/batch.h"
#include "store/batch_writer.h"
#include "store/progress_mark.h"
#include "store/sqlite_handle.h"
#include "store/sqlite_lease.h"
#include "store/sqlite_open.h"

namespace hearth::store {

/// Writes batches into a SQLite file whose lease is ours.
class SqliteWriter final : public BatchWriter {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteWriter>> Make(OwnedSqlite owned,
                                                            std::chrono::milliseconds lease_renewal);
  ~SqliteWriter() override;

  absl::Status Begin() override;
  absl::Status Apply(const Batch& batch) override;
  absl::Status Commit() override;
  void Rollback() override;
  void Upkeep() override;

 private:
  struct Statements {
    SqliteStatement begin, commit, progress, get, put, erase, erase_range, erase_from;
  };
  SqliteWriter(OwnedSqlite owned, Statements statements, std::chrono::milliseconds lease_renewal);

  absl::Status Check(const Batch::Precondition& precondition);
  absl::Status Change(const Batch::Step& step);
  absl::Status ErasePrefix(const std::string& prefix);
  void Checkpoint();

  // Destroyed in the opposite order: statements, lease, connection.
  const std::unique_ptr<SqliteHandle> handle_;
  const std::unique_ptr<SqliteLease> lease_;
  const std::unique_ptr<ProgressMark> mark_;
  int64_t transactions_;
  Statements statements_;
  const std::chrono::milliseconds lease_renewal_;
  std::chrono::steady_clock::time_point renewed_;
  /// Length of the log after the last commit, and the length at which it is moved into the file.
  int log_pages_ = 0;
  int checkpoint_at_;
};

}  // namespace hearth::store
