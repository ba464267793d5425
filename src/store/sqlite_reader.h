#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/sqlite_handle.h"
#include "store/store.h"

namespace hearth::store {

/// A connection that only reads, at its own moment, while the writer goes on. Not thread-safe, and one read
/// at a time: a Scan inside of a row of another needs another reader.
class SqliteReader {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteReader>> Open(const std::string& path);

  absl::Status Scan(std::string_view prefix, const Store::Row& row);
  absl::StatusOr<std::string> Get(std::string_view key);

 private:
  SqliteReader() = default;

  std::unique_ptr<SqliteHandle> handle_;
  SqliteStatement get_, scan_range_, scan_from_;
};

}  // namespace hearth::store
