#include "engine/duckdb/file_listing.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "spark/error.h"

namespace hearth::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGlobCharacters = "*?[]{}";

// The path without the scheme file:, absolute. Declines other schemes.
std::string LocalPath(const std::string& path) {
  const size_t colon = path.find(':');
  std::string local = path;
  if (colon != std::string::npos && path.find('/') > colon) {
    if (path.substr(0, colon) != "file")
      throw spark::Error::Decline("files in " + path.substr(0, colon) + ":");
    local = path.substr(colon + 1);
    if (local.starts_with("//")) local = local.substr(2);  // an empty authority
    local = local.substr(std::min(local.find('/'), local.size()));
  }
  // Spark resolves "" to nothing; everything else against the server's working directory.
  std::error_code error;
  std::string absolute = fs::absolute(local, error).lexically_normal().string();
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  return absolute;
}

bool IsHidden(std::string_view name) {
  return (name.starts_with('_') && name.find('=') == std::string_view::npos) || name.starts_with('.');
}

// {a,b} written out, since fnmatch does not know it: one pattern for each alternative.
std::vector<std::string> ExpandBraces(const std::string& pattern) {
  const size_t open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  size_t depth = 0;
  std::vector<std::string> alternatives(1);
  for (size_t i = open; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '}' && --depth == 0) {
      std::vector<std::string> expanded;
      for (const std::string& alternative : alternatives) {
        for (std::string& one : ExpandBraces(pattern.substr(0, open) + alternative + pattern.substr(i + 1))) {
          expanded.push_back(std::move(one));
        }
      }
      return expanded;
    }
    if (c == ',' && depth == 1) {
      alternatives.emplace_back();
    } else if (i > open) {
      alternatives.back() += c;
    }
    if (c == '{') ++depth;
  }
  throw spark::Error::Decline("the path pattern " + pattern);
}

// The existing paths that match a pattern, level by level. Hadoop's globs do not match hidden names.
void Glob(const fs::path& base, std::vector<std::string>::const_iterator part,
          std::vector<std::string>::const_iterator end, std::vector<std::string>* found) {
  std::error_code error;
  if (part == end) {
    if (fs::exists(base, error)) found->push_back(base.string());
    return;
  }
  if (part->find_first_of(kGlobCharacters) == std::string::npos)
    return Glob(base / *part, part + 1, end, found);
  for (const fs::directory_entry& entry : fs::directory_iterator(base, error)) {
    const std::string name = entry.path().filename().string();
    if (!IsHidden(name) && fnmatch(part->c_str(), name.c_str(), FNM_NOESCAPE) == 0) {
      Glob(entry.path(), part + 1, end, found);
    }
  }
}

std::vector<std::string> ExpandGlob(const std::string& path) {
  std::vector<std::string> found;
  for (const std::string& pattern : ExpandBraces(path)) {
    std::vector<std::string> parts;
    for (const fs::path& part : fs::path(pattern).relative_path()) parts.push_back(part.string());
    Glob("/", parts.begin(), parts.end(), &found);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

ListedFile Describe(const std::string& path, const struct stat& status) {
  return {path, status.st_size, status.st_mtim.tv_sec * int64_t{1'000'000'000} + status.st_mtim.tv_nsec,
          status.st_ino};
}

void ListDirectory(const std::string& directory, std::vector<ListedFile>* files) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (IsHidden(name)) continue;
    struct stat status;
    if (stat(entry.path().c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      // Spark ignores other directories here, unless it is told to look into them.
      if (name.find('=') != std::string::npos)
        throw spark::Error::Decline("partitioned directories: " + directory);
    } else if (status.st_size > 0) {
      files->push_back(Describe(entry.path().string(), status));
    }
  }
  if (error) throw spark::Error::Decline("the unreadable directory " + directory);
}

bool IsSameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void ListPartitions(const std::string& directory, const std::vector<std::string>& names, size_t depth,
                    std::vector<ListedFile>* files) {
  if (depth == names.size()) return ListDirectory(directory, files);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (IsHidden(name)) continue;
    const size_t equals = name.find('=');
    std::error_code ignored;
    if (equals == std::string::npos || !entry.is_directory(ignored) ||
        !IsSameName(std::string_view(name).substr(0, equals), names[depth])) {
      throw spark::Error::Decline("a table whose partitions are not in folders of their names: " + directory);
    }
    ListPartitions(entry.path().string(), names, depth + 1, files);
  }
  if (error) throw spark::Error::Decline("the unreadable directory " + directory);
}

}  // namespace

std::vector<ListedFile> ListPartitionedFiles(const std::string& directory,
                                             const std::vector<std::string>& names) {
  std::vector<ListedFile> files;
  std::error_code error;
  if (!fs::exists(directory, error)) return files;
  ListPartitions(directory, names, 0, &files);
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return files;
}

std::vector<ListedFile> ListFiles(const std::string& path) {
  const std::string local = LocalPath(path);
  std::vector<std::string> roots = {local};
  if (local.find_first_of(kGlobCharacters) != std::string::npos) roots = ExpandGlob(local);
  std::vector<ListedFile> files;
  bool any = false;
  for (const std::string& root : roots) {
    struct stat status;
    if (stat(root.c_str(), &status) != 0) continue;
    any = true;
    if (S_ISDIR(status.st_mode)) {
      ListDirectory(root, &files);
    } else {
      files.push_back(Describe(root, status));
    }
  }
  if (!any) {
    throw spark::Error(spark::ExceptionKind::kAnalysis, "PATH_NOT_FOUND", {{"path", "file:" + local}});
  }
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return files;
}

std::string QualifiedPath(const std::string& path) { return "file:" + LocalPath(path); }

}  // namespace hearth::engine
