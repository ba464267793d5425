// Which files a path means, with what their folders say of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hearth::placement {

struct ListedFile {
  std::string path;
  int64_t bytes = 0;
  int64_t modified_ns = 0;
  uint64_t inode = 0;
  /// (`day`, `1`) of each folder `day=1` below the path that was asked for, names in lower case.
  std::vector<std::pair<std::string, std::string>> partitions;
};

struct Listing {
  std::vector<ListedFile> files;
  /// A limit came first: there are more.
  bool is_cut = false;
};

/// Appends the files at a path of this machine, and all below it that are not hidden (`_temporary`, `.crc`);
/// a pattern (*, ?, [a-c], {x,y}) stands for what matches it. `is_over` is asked before each step. False if
/// there is nothing to be found, or the path is not of this machine.
bool ListFiles(const std::string& path, size_t files_max, const std::function<bool()>& is_over,
               Listing* listing);

}  // namespace hearth::placement
