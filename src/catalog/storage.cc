#include "catalog/storage.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace hearth::catalog {

namespace {

namespace fs = std::filesystem;

absl::Status Failed(const char* what, const std::string& path, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", error.message()));
}

bool IsMissing(const std::error_code& error) {
  return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

bool IsHidden(const std::string& name) {
  return name.front() == '.' || (name.front() == '_' && name.find('=') == std::string::npos);
}

}  // namespace

absl::StatusOr<bool> LocalStorage::Exists(const std::string& path) {
  std::error_code error;
  const bool exists = fs::exists(path, error);
  if (error && !IsMissing(error)) return Failed("look at", path, error);
  return exists;
}

absl::StatusOr<std::vector<std::string>> LocalStorage::ListVisible(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  const fs::recursive_directory_iterator end;
  while (!error && entry != end) {
    if (IsHidden(entry->path().filename().string())) {
      entry.disable_recursion_pending();
    } else if (!entry->is_directory(error)) {
      files.push_back(entry->path().string());
    }
    entry.increment(error);
  }
  if (error && !IsMissing(error)) return Failed("list", folder, error);
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<Storage::Contents> LocalStorage::ListAll(const std::string& path, const std::string& except) {
  Contents contents;
  std::error_code error;
  if (const fs::file_status status = fs::symlink_status(path, error); !fs::is_directory(status)) {
    if (fs::exists(status)) contents.files.push_back(path);
    return error && !IsMissing(error) ? absl::StatusOr<Contents>(Failed("look at", path, error)) : contents;
  }
  fs::recursive_directory_iterator entry(path, error);
  const fs::recursive_directory_iterator end;
  while (!error && entry != end) {
    if (fs::is_directory(entry->symlink_status(error))) {
      const bool is_left_out = entry->path().filename().string().starts_with(except);
      if (is_left_out) entry.disable_recursion_pending();
      if (!is_left_out) contents.folders.push_back(entry->path().string());
    } else {
      contents.files.push_back(entry->path().string());
    }
    if (!error) entry.increment(error);
  }
  if (error && !IsMissing(error)) return Failed("list", path, error);
  std::reverse(contents.folders.begin(), contents.folders.end());
  contents.folders.push_back(path);
  return contents;
}

absl::StatusOr<std::vector<std::string>> LocalStorage::ListFolders(const std::string& folder,
                                                                   const std::string& prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(prefix) && entry->is_directory(ignored)) names.push_back(std::move(name));
  }
  if (error && !IsMissing(error)) return Failed("list", folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status LocalStorage::MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? Failed("make the folder", path, error) : absl::OkStatus();
}

absl::Status LocalStorage::Rename(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(fs::path(to).parent_path(), error);
  if (error) return Failed("make the folder of", to, error);
  fs::rename(from, to, error);
  if (error == std::errc::directory_not_empty || error == std::errc::file_exists) return Merge(from, to);
  if (IsMissing(error)) return absl::NotFoundError(absl::StrCat("there is no ", from));
  return error ? Failed("rename to", to, error) : absl::OkStatus();
}

absl::Status LocalStorage::Merge(const std::string& from, const std::string& to) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return Failed("list", from, error);
  for (const std::string& name : names) {
    const absl::Status status = Rename(absl::StrCat(from, "/", name), absl::StrCat(to, "/", name));
    if (!status.ok()) return status;
  }
  return RemoveFolder(from);
}

absl::Status LocalStorage::RemoveFile(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  return error && !IsMissing(error) ? Failed("remove", path, error) : absl::OkStatus();
}

absl::Status LocalStorage::RemoveFolder(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error && !IsMissing(error) ? Failed("remove", path, error) : absl::OkStatus();
}

absl::Status LocalStorage::RemoveEmptyFolder(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOTEMPTY || errno == EEXIST) return absl::OkStatus();
  const std::error_code error(errno, std::generic_category());
  return IsMissing(error) ? absl::OkStatus() : Failed("remove", path, error);
}

}  // namespace hearth::catalog
