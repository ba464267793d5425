#include "store/postgres_reader.h"

#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "store/entry.h"
#include "store/keys.h"

namespace hearth::store {

namespace {

constexpr char kGet[] = "SELECT value, checksum FROM hearth_entries WHERE key = $1::bytea";
constexpr char kScanRange[] =
    "SELECT key, value, checksum FROM hearth_entries WHERE key >= $1::bytea AND key < $2::bytea ORDER BY key";
constexpr char kScanFrom[] =
    "SELECT key, value, checksum FROM hearth_entries WHERE key >= $1::bytea ORDER BY key";

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresReader>> PostgresReader::Open(const PostgresOptions& options) {
  absl::StatusOr<std::unique_ptr<PostgresConnection>> connection =
      PostgresConnection::Open(options.target, options.silence_max);
  if (!connection.ok()) return connection.status();
  // A row of a scan may take its time, whatever the database's default is.
  const absl::Status status =
      (*connection)->Execute("SET statement_timeout = 0; SET default_transaction_read_only = on");
  if (!status.ok()) return status;
  return absl::WrapUnique(new PostgresReader(*std::move(connection)));
}

absl::Status PostgresReader::Scan(std::string_view prefix, const Store::Row& row) {
  const std::optional<std::string> end = PrefixEnd(prefix);
  const PostgresCall call = end ? PostgresCall{kScanRange, {std::string(prefix), *end}}
                                : PostgresCall{kScanFrom, {std::string(prefix)}};
  absl::Status keys;
  absl::Status status = connection_->Stream(call, [&](const PostgresRows& rows) {
    const std::string_view key = rows.Bytes(0, 0);
    const std::string_view value = rows.Bytes(0, 1);
    const int64_t checksum = rows.Number(0, 2);
    row(key, IntactValue(key, value, checksum));
    // Whose entry it was, and so who lacks one, cannot be told.
    if (keys.ok() && !KeyIsIntact(key, value, checksum))
      keys = absl::DataLossError(absl::StrCat(connection_->name(), " is damaged: what is now the key ",
                                              QuotedKey(key), " was another one"));
  });
  return status.ok() ? keys : status;
}

absl::StatusOr<std::string> PostgresReader::Get(std::string_view key) {
  const absl::StatusOr<PostgresRows> rows = connection_->Ask(kGet, {std::string(key)});
  if (!rows.ok()) return rows.status();
  if (rows->count() == 0) return absl::NotFoundError(QuotedKey(key) + " is not there");
  const absl::StatusOr<std::string_view> value = IntactValue(key, rows->Bytes(0, 0), rows->Number(0, 1));
  if (!value.ok()) return value.status();
  return std::string(*value);
}

}  // namespace hearth::store
