#include "catalog/storage.h"

#include <algorithm>
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
  if (IsMissing(error)) return absl::NotFoundError(absl::StrCat("there is no ", from));
  return error ? Failed("rename to", to, error) : absl::OkStatus();
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

}  // namespace hearth::catalog
