#include "gateway/file_snapshot.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "wire/rows/mix.h"

namespace hearth::gateway {

namespace {

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

/// Where the path lies on this machine, without what a wildcard stands for; nothing if it is elsewhere.
std::optional<std::string> LocalPart(absl::string_view path) {
  if (absl::ConsumePrefix(&path, "file:")) {
    if (absl::StartsWith(path, "//") && !absl::ConsumePrefix(&path, "//localhost")) path.remove_prefix(2);
    if (!absl::StartsWith(path, "/")) return std::nullopt;
  } else if (path.find(':') != absl::string_view::npos) {
    return std::nullopt;
  }
  // What an address would write as %20 may be meant either way.
  if (path.empty() || path.find('%') != absl::string_view::npos) return std::nullopt;
  const size_t wildcard = path.find_first_of("*?[]{}\\");
  if (wildcard == absl::string_view::npos) return std::string(path);
  const size_t folder = path.substr(0, wildcard).rfind('/');
  if (folder == absl::string_view::npos) return ".";
  return std::string(path.substr(0, folder + 1));
}

}  // namespace

bool FileSnapshot::Add(const std::string& path, bool* is_folder) {
  struct stat status;
  if (files_.size() == kFilesMax || ::stat(path.c_str(), &status) != 0) return false;
  *is_folder = S_ISDIR(status.st_mode);
  files_.push_back({path, status.st_dev, status.st_ino, *is_folder ? 0 : status.st_size,
                    Nanoseconds(status.st_mtim), Nanoseconds(status.st_ctim)});
  changed_at_ = std::max({changed_at_, files_.back().modified_at, files_.back().changed_at});
  return true;
}

uint64_t FileSnapshot::digest() const {
  uint64_t digest = files_.size();
  for (const File& file : files_) {
    digest = wire::HashOfBytes(file.path, digest);
    for (const uint64_t number :
         {file.device, file.inode, static_cast<uint64_t>(file.bytes), static_cast<uint64_t>(file.modified_at),
          static_cast<uint64_t>(file.changed_at)}) {
      digest = wire::Mix(digest ^ wire::Mix(number));
    }
  }
  return digest;
}

bool FileSnapshot::AddAll(const std::string& path) {
  bool is_folder;
  if (!Add(path, &is_folder)) return false;
  if (!is_folder) return true;
  std::error_code error;
  using Walk = std::filesystem::recursive_directory_iterator;
  for (Walk walk(path, std::filesystem::directory_options::follow_directory_symlink, error);
       !error && walk != Walk(); walk.increment(error)) {
    if (!Add(walk->path().string(), &is_folder)) return false;
  }
  return !error;
}

std::optional<FileSnapshot> FileSnapshot::Take(const std::set<std::string>& paths) {
  FileSnapshot snapshot;
  for (const std::string& path : paths) {
    const auto local = LocalPart(path);
    if (!local || !snapshot.AddAll(*local)) return std::nullopt;
  }
  // A folder gives its files in any order.
  std::sort(snapshot.files_.begin(), snapshot.files_.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return snapshot;
}

}  // namespace hearth::gateway
