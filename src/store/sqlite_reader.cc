#include "store/sqlite_reader.h"

#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "store/entry.h"
#include "store/keys.h"

namespace hearth::store {

absl::StatusOr<std::unique_ptr<SqliteReader>> SqliteReader::Open(const std::string& path) {
  auto reader = absl::WrapUnique(new SqliteReader());
  absl::StatusOr<std::unique_ptr<SqliteHandle>> handle =
      SqliteHandle::Open(path, SqliteHandle::Missing::kFail);
  if (!handle.ok()) return handle.status();
  reader->handle_ = *std::move(handle);
  const absl::Status status = reader->handle_->Execute("PRAGMA query_only = ON");
  if (!status.ok()) return status;
  const std::pair<SqliteStatement*, const char*> texts[] = {
      {&reader->get_, "SELECT value, checksum FROM entries WHERE key = ?1"},
      {&reader->scan_range_,
       "SELECT key, value, checksum FROM entries WHERE key >= ?1 AND key < ?2 ORDER BY key"},
      {&reader->scan_from_, "SELECT key, value, checksum FROM entries WHERE key >= ?1 ORDER BY key"},
  };
  for (const auto& [statement, text] : texts) {
    absl::StatusOr<SqliteStatement> prepared = reader->handle_->Prepare(text);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return reader;
}

absl::Status SqliteReader::Scan(std::string_view prefix, const Store::Row& row) {
  const std::optional<std::string> end = PrefixEnd(prefix);
  SqliteStatement& scan = end ? scan_range_ : scan_from_;
  const SqliteUse use(&scan);
  scan.Bind(1, prefix);
  if (end) scan.Bind(2, *end);
  for (;;) {
    const absl::StatusOr<bool> more = scan.Step();
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    const std::string_view key = scan.Bytes(0);
    row(key, IntactValue(key, scan.Bytes(1), scan.Number(2)));
  }
}

absl::StatusOr<std::string> SqliteReader::Get(std::string_view key) {
  const SqliteUse use(&get_);
  const absl::StatusOr<bool> there = get_.Bind(1, key).Step();
  if (!there.ok()) return there.status();
  if (!*there) return absl::NotFoundError(QuotedKey(key) + " is not there");
  const absl::StatusOr<std::string_view> value = IntactValue(key, get_.Bytes(0), get_.Number(1));
  if (!value.ok()) return value.status();
  return std::string(*value);
}

}  // namespace hearth::store
