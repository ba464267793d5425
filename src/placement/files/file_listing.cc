#include "placement/files/file_listing.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "placement/files/path_pattern.h"

namespace hearth::placement {

namespace {

namespace fs = std::filesystem;
using Partitions = std::vector<std::pair<std::string, std::string>>;

/// Matches of one pattern.
constexpr size_t kMatchesMax = 10'000;
/// Bytes; no system opens a longer one.
constexpr size_t kPathMax = 4096;

/// Without a scheme; nothing for one of elsewhere.
std::optional<std::string> LocalPath(absl::string_view path) {
  if (absl::ConsumePrefix(&path, "file:")) {
    if (absl::ConsumePrefix(&path, "//")) path = path.substr(std::min(path.find('/'), path.size()));
  } else if (const size_t colon = path.find(':'); colon != path.npos && path.find('/') > colon) {
    return std::nullopt;
  }
  if (path.empty() || path.find('\0') != path.npos) return std::nullopt;
  return std::string(path);
}

bool IsHidden(absl::string_view name) {
  return absl::StartsWith(name, ".") || (absl::StartsWith(name, "_") && !absl::StrContains(name, "="));
}

/// One walk below one path.
class Walk {
 public:
  Walk(size_t files_max, const std::function<bool()>& is_over, Listing* listing)
      : files_max_(files_max), is_over_(is_over), listing_(*listing) {}

  /// False if there is nothing at the path.
  bool Add(const std::string& path, Partitions partitions) {
    struct stat status;
    if (::stat(path.c_str(), &status) != 0) return false;
    if (S_ISREG(status.st_mode)) {
      AddFile(path, status, partitions);
    } else if (S_ISDIR(status.st_mode)) {
      folders_.emplace_back(path, std::move(partitions));
      while (!folders_.empty() && !listing_.is_cut) {
        const auto [folder, of_folder] = std::move(folders_.back());
        folders_.pop_back();
        AddFolder(folder, of_folder);
      }
    }
    return true;
  }

 private:
  void AddFile(const std::string& path, const struct stat& status, const Partitions& partitions) {
    if (status.st_size == 0) return;
    if (listing_.files.size() == files_max_) {
      listing_.is_cut = true;
      return;
    }
    listing_.files.push_back({path, status.st_size,
                              int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
                              status.st_ino, partitions});
  }

  void AddFolder(const std::string& folder, const Partitions& partitions) {
    // Links that lead back up make a tree without end; nobody nests tables so deep.
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (is_over_() || listing_.is_cut || folder.size() > kPathMax) {
        listing_.is_cut = true;
        return;
      }
      const std::string name = entry->path().filename().string();
      struct stat status;
      if (IsHidden(name) || ::stat(entry->path().c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        Partitions below = partitions;
        const size_t equals = name.find('=');
        if (equals != name.npos)
          below.emplace_back(absl::AsciiStrToLower(name.substr(0, equals)), name.substr(equals + 1));
        folders_.emplace_back(entry->path().string(), std::move(below));
      } else if (S_ISREG(status.st_mode)) {
        AddFile(entry->path().string(), status, partitions);
      }
    }
    if (error) listing_.is_cut = true;
  }

  const size_t files_max_;
  const std::function<bool()>& is_over_;
  Listing& listing_;
  std::vector<std::pair<std::string, Partitions>> folders_;
};

/// What a pattern without braces matches, level by level. False if there was no time for all of it.
bool AddMatches(const std::string& pattern, const std::function<bool()>& is_over,
                std::vector<std::string>* paths) {
  std::vector<std::string> found = {pattern.front() == '/' ? "/" : "."};
  for (const fs::path& part : fs::path(pattern).relative_path()) {
    std::vector<std::string> below;
    for (const std::string& folder : found) {
      if (!HasPattern(part.native())) {
        below.push_back((fs::path(folder) / part).string());
        continue;
      }
      std::error_code error;
      for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (is_over() || below.size() >= kMatchesMax) return false;
        const std::string name = entry->path().filename().string();
        if (!IsHidden(name) && Matches(part.native(), name)) below.push_back(entry->path().string());
      }
    }
    found = std::move(below);
  }
  paths->insert(paths->end(), found.begin(), found.end());
  return true;
}

/// Of a match the folders that the pattern's own parts stand for: `t/day=*` matches `t/day=1`.
Partitions PartitionsIn(const std::string& pattern, const std::string& match) {
  Partitions partitions;
  const size_t begin = pattern.substr(0, pattern.find_first_of("*?[{")).rfind('/');
  for (const fs::path& part : fs::path(match.substr(begin == pattern.npos ? 0 : begin))) {
    const std::string name = part.string();
    const size_t equals = name.find('=');
    if (equals != name.npos)
      partitions.emplace_back(absl::AsciiStrToLower(name.substr(0, equals)), name.substr(equals + 1));
  }
  return partitions;
}

}  // namespace

bool ListFiles(const std::string& path, size_t files_max, const std::function<bool()>& is_over,
               Listing* listing) {
  const auto local = LocalPath(path);
  if (!local || local->size() > kPathMax) return false;
  Walk walk(files_max, is_over, listing);
  if (walk.Add(*local, {})) return true;
  const auto patterns = HasPattern(*local) ? Alternatives(*local) : std::nullopt;
  if (!patterns) return false;
  bool any = false;
  for (const std::string& pattern : *patterns) {
    std::vector<std::string> matches;
    if (!AddMatches(pattern, is_over, &matches)) listing->is_cut = true;
    for (const std::string& match : matches) {
      if (is_over()) listing->is_cut = true;
      if (listing->is_cut) break;
      any |= walk.Add(match, PartitionsIn(*local, match));
    }
    if (listing->is_cut) break;
  }
  return any;
}

}  // namespace hearth::placement
