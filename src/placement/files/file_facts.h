// What files and folders of this machine hold: their listing, and the footers of Parquet.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "placement/size/inputs.h"

namespace hearth::placement {

/// Looks at files and remembers what it saw, a file by path, size, modification time and inode. Thread-safe.
class FileFacts {
 public:
  struct Limits {
    size_t files_max = 20'000;                ///< looked at for one question
    size_t remembered_max = 100'000;          ///< files
    std::chrono::milliseconds time_max{200};  ///< for one question, listing and reading
    size_t footer_bytes_max = size_t{16} << 20;
  };

  explicit FileFacts(Limits limits);
  FileFacts() : FileFacts(Limits{}) {}
  ~FileFacts();

  /// What the paths stand for: files; folders and all that lies in them, with partitions (`day=1`); patterns
  /// (*, ?, [a-c], {x,y}). nullptr if nothing is known of them: not of this machine, not there, not to be
  /// read, or the file system gave no answer in time. Beyond a limit the rest is extrapolated from what was
  /// seen. Never waits longer than `time_max`, even for a file system that hangs.
  std::shared_ptr<const InputFacts> Look(const FileSet& files);
};

}  // namespace hearth::placement
