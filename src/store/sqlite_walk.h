#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite_pages.h"

namespace hearth::store {

/// Keys between which entries may be missing; nullopt: there is no such end.
struct KeyGap {
  std::optional<std::string> after;
  std::optional<std::string> before;

  /// Whether a key with this prefix may be among the missing.
  bool Touches(std::string_view prefix) const;
};

/// Finds the entries of a damaged store: goes through the tree of the table `entries` page by page, believes
/// an entry by its checksum alone, and knows where it could not look. Not thread-safe.
class SqliteWalk {
 public:
  struct Entry {
    std::string key;
    std::string value;
    /// The key is what was written, the value is not.
    bool is_damaged = false;
  };

  explicit SqliteWalk(const SqlitePages& pages) : pages_(pages) {}

  void Run();
  /// In no order.
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<KeyGap>& gaps() const { return gaps_; }
  /// Of the table `progress`; nullopt if it has no such row that can be read.
  std::optional<int64_t> Transactions() const;

 private:
  using Bound = std::optional<std::string>;
  void Visit(uint32_t page, const Bound& after, const Bound& before, int depth);
  std::optional<std::string> Payload(std::string_view page, size_t at) const;

  const SqlitePages& pages_;
  std::set<uint32_t> visited_;
  std::vector<Entry> entries_;
  std::vector<KeyGap> gaps_;
};

}  // namespace hearth::store
