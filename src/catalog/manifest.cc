#include "catalog/manifest.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::catalog {

namespace {

/// What a rename puts in the place of a file is not to be removed when all is done again.
absl::Status SettleCleared(Manifest* manifest, Storage& storage) {
  std::set<std::string> renewed;
  for (const auto& [from, to] : manifest->renames) renewed.insert(to);
  for (const std::string& path : manifest->cleared) {
    absl::StatusOr<Storage::Contents> contents = storage.ListAll(path, kStagingPrefix);
    if (!contents.ok()) return contents.status();
    for (std::string& file : contents->files) {
      if (!renewed.contains(file)) manifest->removed_files.push_back(std::move(file));
    }
    for (std::string& folder : contents->folders) manifest->emptied_folders.push_back(std::move(folder));
  }
  manifest->cleared.clear();
  return absl::OkStatus();
}

}  // namespace

absl::Status Settle(Manifest* manifest, Storage& storage) {
  for (const auto& [from, to] : manifest->renames) {
    absl::StatusOr<bool> exists = storage.Exists(from);
    if (!exists.ok()) return exists.status();
    if (!*exists) return absl::NotFoundError(absl::StrCat("there is no ", from));
  }
  for (const std::string& folder : manifest->replaced) {
    absl::StatusOr<std::vector<std::string>> files = storage.ListVisible(folder);
    if (!files.ok()) return files.status();
    for (std::string& file : *files) manifest->removed_files.push_back(std::move(file));
  }
  manifest->replaced.clear();
  return SettleCleared(manifest, storage);
}

absl::Status Execute(const Manifest& manifest, Storage& storage) {
  for (const std::string& file : manifest.removed_files) {
    if (absl::Status status = storage.RemoveFile(file); !status.ok()) return status;
  }
  for (const std::string& folder : manifest.emptied_folders) {
    if (absl::Status status = storage.RemoveEmptyFolder(folder); !status.ok()) return status;
  }
  for (const std::string& folder : manifest.removed_folders) {
    if (absl::Status status = storage.RemoveFolder(folder); !status.ok()) return status;
  }
  for (const std::string& folder : manifest.made_folders) {
    if (absl::Status status = storage.MakeFolder(folder); !status.ok()) return status;
  }
  for (const auto& [from, to] : manifest.renames) {
    absl::Status status = storage.Rename(from, to);
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  for (const std::string& folder : manifest.staging) {
    if (absl::Status status = storage.RemoveFolder(folder); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace hearth::catalog
