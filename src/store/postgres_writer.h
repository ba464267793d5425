#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "store/batch.h"
#include "store/batch_writer.h"
#include "store/pending_changes.h"
#include "store/postgres_connection.h"
#include "store/postgres_lease.h"
#include "store/postgres_store.h"

namespace hearth::store {

/// Writes batches into tables of PostgreSQL whose lease is ours: a group is one transaction in one round
/// trip, and one more for each batch with preconditions that the group itself does not answer.
///
/// Each transaction has an id of its own, which it leaves in the row of the lease, and is only done if it
/// finds there the id of the one before. So what became of a transaction whose answer was lost can be looked
/// up, and no transaction is done twice or after a later one, however late an old connection wakes up.
class PostgresWriter final : public BatchWriter {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresWriter>> Make(const PostgresOptions& options,
                                                              std::unique_ptr<PostgresConnection> connection,
                                                              PostgresLease lease);
  ~PostgresWriter() override;

  absl::Status Begin() override;
  absl::Status Apply(const Batch& batch) override;
  absl::Status Commit() override;
  void Rollback() override;
  void Upkeep() override;
  void Abandon() override { abandoned_ = true; }

 private:
  PostgresWriter(const PostgresOptions& options, PostgresLease lease) : options_(options), lease_(lease) {}

  absl::Status Connected(std::chrono::steady_clock::time_point until);
  absl::Status Use(std::unique_ptr<PostgresConnection> connection);
  absl::Status LookUpLatest();
  absl::Status Read(const Batch& batch);
  absl::Status Check(const Batch::Precondition& precondition);
  absl::Status Send(int64_t id, bool with_changes);
  absl::Status Unknown(const absl::Status& status) const;
  std::vector<PostgresCall> Changes() const;

  const PostgresOptions options_;
  const PostgresLease lease_;
  std::unique_ptr<PostgresConnection> connection_;
  bool life_is_proved_ = false;
  std::atomic<bool> abandoned_{false};
  /// When the server last answered.
  std::chrono::steady_clock::time_point heard_;
  /// The server was there when it was last asked for, so that it is worth waiting for.
  bool was_there_ = true;
  /// The id of the transaction that the next one follows.
  int64_t latest_ = 0;
  /// Those that were sent and never heard of again.
  std::set<int64_t> in_doubt_;
  std::chrono::steady_clock::time_point renewed_ = std::chrono::steady_clock::now();

  // Of the transaction that is under way.
  PendingChanges changes_;
  /// What keys of preconditions have in the store, read when the latest transaction was `read_at_`.
  std::map<std::string, std::string, std::less<>> read_;
  std::optional<int64_t> read_at_;
};

}  // namespace hearth::store
