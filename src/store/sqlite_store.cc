#include "store/sqlite_store.h"

#include <utility>

#include "store/group_commit.h"
#include "store/reader_pool.h"
#include "store/sqlite_open.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"

namespace hearth::store {

namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(const SqliteOptions& options, std::unique_ptr<SqliteWriter> writer)
      : commits_(std::move(writer), {options.queue_bytes_max, options.lease_renewal}),
        readers_([path = options.path] { return SqliteReader::Open(path); }) {}

  void Commit(Batch batch, Done done) override { commits_.Commit(std::move(batch), std::move(done)); }

  absl::Status Scan(std::string_view prefix, const Row& row) override {
    absl::StatusOr<std::unique_ptr<SqliteReader>> reader = readers_.Borrow();
    if (!reader.ok()) return reader.status();
    const absl::Status status = (*reader)->Scan(prefix, row);
    readers_.Return(*std::move(reader));
    return status;
  }

  absl::StatusOr<std::string> Get(std::string_view key) override {
    absl::StatusOr<std::unique_ptr<SqliteReader>> reader = readers_.Borrow();
    if (!reader.ok()) return reader.status();
    absl::StatusOr<std::string> value = (*reader)->Get(key);
    readers_.Return(*std::move(reader));
    return value;
  }

 private:
  // Ends after the readers: the last connection to close moves the log into the file, and it can wait and
  // write.
  GroupCommit commits_;
  ReaderPool<SqliteReader> readers_;
};

}  // namespace

namespace {

/// Opens it, if need be after a salvage.
absl::StatusOr<OwnedSqlite> OwnOrSalvage(const SqliteOptions& options, int64_t version) {
  absl::Status status = FinishSalvage(options.path);
  if (!status.ok()) return status;
  absl::StatusOr<OwnedSqlite> owned = OwnSqlite(options, version);
  if (!absl::IsDataLoss(owned.status()) || !options.salvage.lost) return owned;
  status = SalvageSqlite(options.path, owned.status(), options.salvage);
  if (!status.ok()) return status;
  return OwnSqlite(options, version);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options) {
  absl::StatusOr<OwnedSqlite> owned = OwnOrSalvage(options, static_cast<int64_t>(options.schema.size()));
  if (!owned.ok()) return owned.status();
  absl::StatusOr<std::unique_ptr<SqliteWriter>> writer =
      SqliteWriter::Make(*std::move(owned), options.lease_renewal);
  if (!writer.ok()) return writer.status();
  return std::make_unique<SqliteStore>(options, *std::move(writer));
}

absl::Status MigrateSqliteStore(const SqliteOptions& options, int64_t version) {
  const absl::Status known = CheckSchemaVersion(version, static_cast<int64_t>(options.schema.size()));
  if (!known.ok()) return known;
  absl::StatusOr<OwnedSqlite> owned = OwnSqlite(options, version);
  if (!owned.ok()) return owned.status();
  owned->lease->GiveBack();
  // The statements of the lease go before their connection does.
  owned->lease.reset();
  return absl::OkStatus();
}

}  // namespace hearth::store
