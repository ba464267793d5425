#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace hearth::store {

/// The pages of a SQLite file with its log in front of it, read without SQLite, which gives up where a header
/// or a tree is damaged. Of the log what SQLite itself would take counts: all frames up to the last commit
/// that all checksums lead to. Formats: sqlite.org/fileformat.html. Not thread-safe.
class SqlitePages {
 public:
  /// Ours have pages of this size, wholly in use.
  static constexpr size_t kPageBytes = 4096;

  /// UNAVAILABLE if the file cannot be read. A log that is missing is none.
  static absl::StatusOr<std::unique_ptr<SqlitePages>> Read(const std::string& path);

  /// By its number, from 1; empty if there is none.
  std::string_view Page(uint32_t number) const;
  uint32_t count() const { return count_; }

 private:
  SqlitePages(std::string file, std::string log);
  void ReadLog();

  const std::string file_;
  const std::string log_;
  /// Pages that the log has, by where they lie in it.
  std::map<uint32_t, size_t> logged_;
  uint32_t count_ = 0;
};

}  // namespace hearth::store
