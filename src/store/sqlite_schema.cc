#include "store/sqlite_schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace hearth::store {

namespace {

/// "HRTH", in the field of SQLite's header that says whose a file is.
constexpr int64_t kApplicationId = 0x48525448;

// A table that is its own index: an entry lies in one place, and entries of one session lie side by side. The
// checksum is of key and value (EntryChecksum). The table `lease` has one row from its first holder on.
constexpr SchemaStep kSchema[] = {
    {
        .up = R"sql(
          CREATE TABLE entries (
            key BLOB PRIMARY KEY,
            value BLOB NOT NULL,
            checksum INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE lease (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            epoch INTEGER NOT NULL,
            holder TEXT NOT NULL,
            boot TEXT NOT NULL,
            renewed_ms INTEGER NOT NULL
          );
        )sql",
        .down = "",  // there is nothing before it
    },
    {
        // How many transactions there were (see progress_mark.h). The text finds the row again where the
        // description of the tables is damaged.
        .up = R"sql(
          CREATE TABLE progress (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            what TEXT NOT NULL,
            transactions INTEGER NOT NULL
          );
          INSERT INTO progress VALUES (1, 'hearth progress', 0);
        )sql",
        .down = "DROP TABLE progress",
    },
};

}  // namespace

absl::Span<const SchemaStep> SqliteSchema() { return kSchema; }

absl::StatusOr<int64_t> SqliteSchemaVersion(SqliteHandle& handle, int64_t newest) {
  const absl::StatusOr<int64_t> application = handle.Number("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const absl::StatusOr<int64_t> tables = handle.Number("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  if (*application != kApplicationId) {
    if (*application == 0 && *tables == 0) return 0;
    return absl::FailedPreconditionError(
        absl::StrCat(handle.path(), " is a database of another program, not a store of Hearth"));
  }
  const absl::StatusOr<int64_t> version = handle.Number("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version < 1) {
    return absl::DataLossError(
        absl::StrCat(handle.path(), " is damaged: it says that its schema is version ", *version));
  }
  if (*version <= newest) return version;
  return NewerSchema(handle.path(), *version, newest);
}

absl::Status MigrateSqlite(SqliteHandle& handle, absl::Span<const SchemaStep> schema, int64_t from,
                           int64_t to) {
  HEARTH_CHECK(handle.InTransaction() && to >= 0 && to <= static_cast<int64_t>(schema.size()));
  absl::Status status;
  for (int64_t version = from; status.ok() && version < to; ++version)
    status = handle.Execute(std::string(schema[static_cast<size_t>(version)].up));
  for (int64_t version = from; status.ok() && version > to; --version)
    status = handle.Execute(std::string(schema[static_cast<size_t>(version - 1)].down));
  if (!status.ok()) return status;
  return handle.Execute(
      absl::StrCat("PRAGMA application_id = ", kApplicationId, "; PRAGMA user_version = ", to));
}

}  // namespace hearth::store
