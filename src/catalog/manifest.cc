#include "catalog/manifest.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::catalog {

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
  return absl::OkStatus();
}

absl::Status Execute(const Manifest& manifest, Storage& storage) {
  for (const std::string& file : manifest.removed_files) {
    if (absl::Status status = storage.RemoveFile(file); !status.ok()) return status;
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
