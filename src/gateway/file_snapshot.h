#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hearth::gateway {

/// Files and folders of this machine as they were at a moment, to see later whether they are the same still.
class FileSnapshot {
 public:
  /// More than so many are too many to look at.
  static constexpr size_t kFilesMax = 20'000;

  /// What lies at these paths and below, links followed. Of a path with wildcards all that lies below the
  /// folder before the first one. Nothing if that is not known: a path is not of this machine or not there,
  /// or there are too many files.
  static std::optional<FileSnapshot> Take(const std::set<std::string>& paths);

  /// The latest change of any of them, content or name, in nanoseconds since the epoch; folders change with
  /// what is in them. 0: there is none.
  int64_t changed_at() const { return changed_at_; }

  /// Short for all of it, the same in every process.
  uint64_t digest() const;

  /// The same files, all unchanged.
  bool operator==(const FileSnapshot& other) const { return files_ == other.files_; }

 private:
  struct File {
    std::string path;
    uint64_t device;
    uint64_t inode;
    int64_t bytes;
    int64_t modified_at;
    int64_t changed_at;
    bool operator==(const File&) const = default;
  };
  bool Add(const std::string& path, bool* is_folder);
  bool AddAll(const std::string& path);

  std::vector<File> files_;
  int64_t changed_at_ = 0;
};

}  // namespace hearth::gateway
