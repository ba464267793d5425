#include "store/sqlite_store.h"

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "store/group_commit.h"
#include "store/sqlite_open.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"

namespace hearth::store {

namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(const SqliteOptions& options, std::unique_ptr<SqliteWriter> writer)
      : path_(options.path), commits_(std::move(writer), {options.queue_bytes_max, options.lease_renewal}) {}

  void Commit(Batch batch, Done done) override { commits_.Commit(std::move(batch), std::move(done)); }

  absl::Status Scan(std::string_view prefix, const Row& row) override {
    absl::StatusOr<std::unique_ptr<SqliteReader>> reader = Borrow();
    if (!reader.ok()) return reader.status();
    const absl::Status status = (*reader)->Scan(prefix, row);
    Return(*std::move(reader));
    return status;
  }

  absl::StatusOr<std::string> Get(std::string_view key) override {
    absl::StatusOr<std::unique_ptr<SqliteReader>> reader = Borrow();
    if (!reader.ok()) return reader.status();
    absl::StatusOr<std::string> value = (*reader)->Get(key);
    Return(*std::move(reader));
    return value;
  }

 private:
  /// A reader that nobody uses, a new one if there is none: so there are as many as there ever were reads at
  /// once.
  absl::StatusOr<std::unique_ptr<SqliteReader>> Borrow() {
    {
      absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<SqliteReader> reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    return SqliteReader::Open(path_);
  }

  void Return(std::unique_ptr<SqliteReader> reader) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(reader));
  }

  const std::string path_;
  // Ends after the readers: the last connection to close moves the log into the file, and it can wait and
  // write.
  GroupCommit commits_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<SqliteReader>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options) {
  absl::StatusOr<OwnedSqlite> owned = OwnSqlite(options, static_cast<int64_t>(options.schema.size()));
  if (!owned.ok()) return owned.status();
  absl::StatusOr<std::unique_ptr<SqliteWriter>> writer =
      SqliteWriter::Make(std::move(owned->handle), std::move(owned->lease), options.lease_renewal);
  if (!writer.ok()) return writer.status();
  return std::make_unique<SqliteStore>(options, *std::move(writer));
}

absl::Status MigrateSqliteStore(const SqliteOptions& options, int64_t version) {
  if (version < 1 || version > static_cast<int64_t>(options.schema.size())) {
    return absl::InvalidArgumentError(absl::StrCat("no way to version ", version,
                                                   " of the schema; known are 1 to ", options.schema.size()));
  }
  absl::StatusOr<OwnedSqlite> owned = OwnSqlite(options, version);
  if (!owned.ok()) return owned.status();
  owned->lease->GiveBack();
  // The statements of the lease go before their connection does.
  owned->lease.reset();
  return absl::OkStatus();
}

}  // namespace hearth::store
