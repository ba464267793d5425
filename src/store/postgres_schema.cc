#include "store/postgres_schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "store/postgres_values.h"

namespace hearth::store {

namespace {

// In the schema that the connection's search_path leads to. The one row of hearth_store says of what version
// the tables are and who has them; commit_id changes with each transaction of the holder's.
//
// hearth_fence() opens each of these: it ends a transaction whose holder has been replaced, and one that does
// not follow what the holder knows to be the latest, as when an old connection wakes up and goes on.
constexpr SchemaStep kSchema[] = {
    {
        .up = R"sql(
          CREATE TABLE hearth_entries (
            key bytea PRIMARY KEY,
            value bytea NOT NULL,
            checksum bigint NOT NULL
          );
          CREATE TABLE hearth_store (
            only_row integer PRIMARY KEY CHECK (only_row = 1),
            version bigint NOT NULL,
            epoch bigint NOT NULL,
            holder text NOT NULL,
            renewed timestamptz NOT NULL,
            commit_id bigint NOT NULL
          );
          INSERT INTO hearth_store VALUES (1, 1, 0, '', clock_timestamp(), 0);
          CREATE FUNCTION hearth_fence(mine bigint, latest bigint, next bigint) RETURNS void
          LANGUAGE plpgsql AS $$
          BEGIN
            UPDATE hearth_store SET commit_id = next WHERE epoch = mine AND commit_id = latest;
            IF NOT FOUND THEN
              RAISE EXCEPTION 'the store is not as its holder left it' USING ERRCODE = 'HT001';
            END IF;
          END $$;
        )sql",
        .down = "",  // there is nothing before it
    },
};

}  // namespace

absl::Span<const SchemaStep> PostgresSchema() { return kSchema; }

absl::StatusOr<int64_t> PostgresSchemaVersion(PostgresConnection& connection, int64_t newest) {
  absl::StatusOr<PostgresRows> there =
      connection.Ask("SELECT (to_regclass('hearth_store') IS NOT NULL)::int::bigint");
  if (!there.ok()) return there.status();
  if (there->Number(0, 0) == 0) return 0;
  absl::StatusOr<PostgresRows> version = connection.Ask("SELECT max(version) FROM hearth_store");
  if (!version.ok()) return version.status();
  const int64_t found = version->Number(0, 0);
  if (found < 1)
    return absl::DataLossError(
        absl::StrCat(connection.name(), " is damaged: it says that its schema is version ", found));
  if (found > newest) return NewerSchema(connection.name(), found, newest);
  return found;
}

absl::Status MigratePostgres(PostgresConnection& connection, absl::Span<const SchemaStep> schema,
                             int64_t from, int64_t to) {
  absl::Status status;
  for (int64_t version = from; status.ok() && version < to; ++version)
    status = connection.Execute(std::string(schema[static_cast<size_t>(version)].up));
  for (int64_t version = from; status.ok() && version > to; --version)
    status = connection.Execute(std::string(schema[static_cast<size_t>(version - 1)].down));
  if (!status.ok() || from == to) return status;
  return connection.Ask("UPDATE hearth_store SET version = $1::bigint", {PostgresNumber(to)}).status();
}

}  // namespace hearth::store
