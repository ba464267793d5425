#include "store/sqlite_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "store/limits.h"

namespace hearth::store {

namespace {

bool IsOutOfRoom(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

absl::StatusCode CodeOf(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM: return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
      return IsOutOfRoom(system_error) ? absl::StatusCode::kResourceExhausted
                                       : absl::StatusCode::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return absl::StatusCode::kDataLoss;
    default: return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status SqliteFailure(sqlite3* database, int code) {
  const int system_error = sqlite3_system_errno(database);
  const char* file = sqlite3_db_filename(database, "main");
  std::string text =
      absl::StrCat(file != nullptr ? file : "", file != nullptr ? ": " : "", sqlite3_errstr(code));
  // Only these say anything about the system; for others the number is a leftover.
  const int primary = code & 0xff;
  if (system_error != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL))
    absl::StrAppend(&text, " (", std::strerror(system_error), ")");
  absl::StrAppend(&text, " [SQLite ", code, "]");
  return absl::Status(CodeOf(code, system_error), text);
}

SqliteStatement& SqliteStatement::Bind(int parameter, std::string_view bytes) {
  // Data that points nowhere would be bound as NULL.
  const char* data = bytes.data() != nullptr ? bytes.data() : "";
  sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

SqliteStatement& SqliteStatement::Bind(int parameter, int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteFailure(sqlite3_db_handle(statement_.get()), code);
}

absl::Status SqliteStatement::Run() {
  const absl::Status status = Step().status();
  Reset();
  return status;
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string_view SqliteStatement::Bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data != nullptr ? std::string_view(data, size) : std::string_view("", 0);
}

int64_t SqliteStatement::Number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

absl::StatusOr<std::unique_ptr<SqliteHandle>> SqliteHandle::Open(const std::string& path, Missing missing) {
  // SQLite would let everybody read it; `-wal` and `-shm` get the permissions of the file. Only a file that
  // is new may be opened like this: closing it lets go of the locks that SQLite may have on it in this
  // process.
  if (missing == Missing::kMake) {
    const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made >= 0) ::close(made);
  }
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  auto handle = absl::WrapUnique(new SqliteHandle(path, database));
  if (code != SQLITE_OK) {
    const absl::Status failure = SqliteFailure(database, code);
    return absl::Status(failure.code(), absl::StrCat("cannot open ", path, ": ", failure.message()));
  }
  sqlite3_busy_timeout(database, static_cast<int>(kSqliteBusyTimeout.count()));
  if (absl::Status status =
          handle->Execute(absl::StrCat("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -", kSqliteCacheKib));
      !status.ok())
    return status;
  return handle;
}

absl::StatusOr<SqliteStatement> SqliteHandle::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return SqliteFailure(database_.get(), code);
  return SqliteStatement(statement);
}

absl::Status SqliteHandle::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteFailure(database_.get(), code);
}

absl::StatusOr<int64_t> SqliteHandle::Number(std::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Number(0) : 0;
}

absl::StatusOr<std::string> SqliteHandle::Text(std::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  std::string text;
  for (;;) {
    const absl::StatusOr<bool> row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return text;
    absl::StrAppend(&text, text.empty() ? "" : "\n", std::string(statement->Bytes(0)));
  }
}

void SqliteHandle::KeepLogAtEnd(bool keep) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

bool SqliteHandle::HasMoved() const {
  int moved = 0;
  return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

}  // namespace hearth::store
