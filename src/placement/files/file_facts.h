// What files and folders of this machine hold: their listing, and the footers of Parquet.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "placement/size/inputs.h"

namespace hearth::placement {

/// Looks at files and remembers what it saw: a file by path, size, modification time and inode. Thread-safe.
class FileFacts {
 public:
  struct Limits {
    size_t files_max = 20'000;        ///< looked at for one question
    size_t remembered_max = 100'000;  ///< files; forgotten all at once, for they are soon read again
    size_t columns_max = 2'000'000;   ///< of remembered files
    size_t footer_bytes_max = size_t{64} << 20;
    /// For one question. What is not looked at by then is extrapolated from the rest.
    std::chrono::milliseconds time_max{200};
    /// Questions that file systems leave without an answer. Further ones are not asked while they do.
    size_t hanging_max = 4;
  };

  explicit FileFacts(Limits limits);
  FileFacts() : FileFacts(Limits{}) {}
  /// Waits for nothing: what hangs is left to itself.
  ~FileFacts();

  /// What the paths stand for (see ListFiles). nullptr if nothing is known of them: not there, not of this
  /// machine, or the file system gives no answer. Waits a little longer than `time_max` at most, even if that
  /// hangs.
  std::shared_ptr<const InputFacts> Look(const FileSet& files);

 private:
  class Reader;
  const std::shared_ptr<Reader> reader_;
};

}  // namespace hearth::placement
