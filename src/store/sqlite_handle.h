#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::store {

/// A prepared statement. Bind its parameters (counted from 1), Step through its rows (columns counted from
/// 0), Reset it to use it again; what was bound and what a column gave is valid until the next Reset or Step.
/// Not thread-safe; its handle outlives it.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  /// `bytes` are not copied.
  SqliteStatement& Bind(int parameter, std::string_view bytes);
  SqliteStatement& Bind(int parameter, int64_t number);
  /// Whether there is a row.
  absl::StatusOr<bool> Step();
  /// For statements without rows: bound, run to the end, reset.
  absl::Status Run();
  void Reset();

  std::string_view Bytes(int column) const;
  int64_t Number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Ends a use of a statement, however the function is left: a read that is not reset keeps its snapshot open.
class SqliteUse {
 public:
  explicit SqliteUse(SqliteStatement* statement) : statement_(*statement) {}
  SqliteUse(const SqliteUse&) = delete;
  SqliteUse& operator=(const SqliteUse&) = delete;
  ~SqliteUse() { statement_.Reset(); }

 private:
  SqliteStatement& statement_;
};

/// A connection to a SQLite file, set up as all of ours are: answers in extended codes, temporary data in
/// memory, a bounded wait for the locks of others. Not thread-safe.
class SqliteHandle {
 public:
  /// UNAVAILABLE if the file is not there, and cannot be made or shall not. A new file is for its owner
  /// alone.
  enum class Missing { kMake, kFail };
  static absl::StatusOr<std::unique_ptr<SqliteHandle>> Open(const std::string& path, Missing missing);

  absl::StatusOr<SqliteStatement> Prepare(std::string_view sql);
  /// Any number of statements.
  absl::Status Execute(const std::string& sql);
  /// The first column of the first row, 0 if there is none.
  absl::StatusOr<int64_t> Number(std::string_view sql);
  /// The first column of each row, as lines.
  absl::StatusOr<std::string> Text(std::string_view sql);

  /// Whether the last connection that is closed leaves the log as it is, or moves it into the file.
  void KeepLogAtEnd(bool keep);

  bool InTransaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
  /// Whether the path leads to another file by now, or to none.
  bool HasMoved() const;

  const std::string& path() const { return path_; }
  sqlite3* get() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  SqliteHandle(std::string path, sqlite3* database) : path_(std::move(path)), database_(database) {}

  const std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

/// A failure as Store::Commit and Scan report it, from the code of the last call on this connection: a full
/// disk is RESOURCE_EXHAUSTED, a damaged file DATA_LOSS, everything else that the disk or another process
/// does UNAVAILABLE, what only we can have caused INTERNAL.
absl::Status SqliteFailure(sqlite3* database, int code);

}  // namespace hearth::store
