#include "store/postgres_store.h"

#include <functional>
#include <utility>

#include "store/group_commit.h"
#include "store/postgres_open.h"
#include "store/postgres_reader.h"
#include "store/postgres_writer.h"
#include "store/reader_pool.h"

namespace hearth::store {

namespace {

class PostgresStore final : public Store {
 public:
  PostgresStore(const PostgresOptions& options, std::unique_ptr<PostgresWriter> writer)
      : commits_(std::move(writer), {options.queue_bytes_max, options.lease_renewal}),
        readers_([options] { return PostgresReader::Open(options); }) {}

  void Commit(Batch batch, Done done) override { commits_.Commit(std::move(batch), std::move(done)); }

  absl::Status Scan(std::string_view prefix, const Row& row) override {
    bool any = false;
    const Row noting = [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
      any = true;
      row(key, value);
    };
    return Read([&](PostgresReader& reader) { return reader.Scan(prefix, noting); }, &any);
  }

  absl::StatusOr<std::string> Get(std::string_view key) override {
    std::string value;
    bool any = false;
    const absl::Status status = Read(
        [&](PostgresReader& reader) {
          absl::StatusOr<std::string> got = reader.Get(key);
          if (got.ok()) value = *std::move(got);
          return got.status();
        },
        &any);
    if (!status.ok()) return status;
    return value;
  }

 private:
  /// A connection that was left alone may have ended meanwhile, as when the server was started anew: then
  /// another one is tried, unless the reader has already passed something on.
  absl::Status Read(const std::function<absl::Status(PostgresReader& reader)>& read, const bool* any) {
    for (;;) {
      bool used = false;
      absl::StatusOr<std::unique_ptr<PostgresReader>> reader = readers_.Borrow(&used);
      if (!reader.ok()) return reader.status();
      absl::Status status = read(**reader);
      if (!(*reader)->lost()) {
        readers_.Return(*std::move(reader));
        return status;
      }
      if (!used || *any) return status;
    }
  }

  GroupCommit commits_;
  ReaderPool<PostgresReader> readers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options) {
  absl::StatusOr<OwnedPostgres> owned = OwnPostgres(options, static_cast<int64_t>(options.schema.size()));
  if (!owned.ok()) return owned.status();
  absl::StatusOr<std::unique_ptr<PostgresWriter>> writer =
      PostgresWriter::Make(options, std::move(owned->connection), owned->lease);
  if (!writer.ok()) return writer.status();
  return std::make_unique<PostgresStore>(options, *std::move(writer));
}

absl::Status MigratePostgresStore(const PostgresOptions& options, int64_t version) {
  const absl::Status known = CheckSchemaVersion(version, static_cast<int64_t>(options.schema.size()));
  if (!known.ok()) return known;
  absl::StatusOr<OwnedPostgres> owned = OwnPostgres(options, version);
  if (!owned.ok()) return owned.status();
  owned->lease.GiveBack(*owned->connection);
  return absl::OkStatus();
}

}  // namespace hearth::store
