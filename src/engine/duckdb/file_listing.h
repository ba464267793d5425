// Which files a read means, by Spark's rules for local paths: files, directories, Hadoop's globs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hearth::engine {

struct ListedFile {
  std::string path;  // absolute
  int64_t size = 0;
  int64_t modified_ns = 0;
  uint64_t inode = 0;
};

// The data files that `path` stands for, in the order of their names: the file itself; or the files of a
// directory that are not hidden (names that start with _ or .) and not empty. `path` may have the scheme
// file: and hold
// * ? [a-c] {x,y}. Throws PATH_NOT_FOUND, or a decline for other file systems and for partitioned directories
// (name=value).
std::vector<ListedFile> ListFiles(const std::string& path);

// The visible files of a partitioned directory: below one folder for each of the names, name=value. None if
// there is no such directory. Declines folders of another kind.
std::vector<ListedFile> ListPartitionedFiles(const std::string& directory,
                                             const std::vector<std::string>& names);

// "file:/absolute/path", as Spark names a path in errors.
std::string QualifiedPath(const std::string& path);

}  // namespace hearth::engine
