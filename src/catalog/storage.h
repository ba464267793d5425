#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hearth::catalog {

/// Where the files of tables are. Paths are absolute. Removing what is not there is no error, so everything
/// may be done again. Failures are UNAVAILABLE and name the path. Thread-safe.
class Storage {
 public:
  virtual ~Storage() = default;

  virtual absl::StatusOr<bool> Exists(const std::string& path) = 0;
  /// The files below a folder that are visible: no part of their path below it starts with _ or . (but
  /// _name=value is visible, as for Spark). By path; none if there is no such folder.
  virtual absl::StatusOr<std::vector<std::string>> ListVisible(const std::string& folder) = 0;
  struct Contents {
    std::vector<std::string> files;    ///< also links, whatever they lead to
    std::vector<std::string> folders;  ///< inner ones first
  };
  /// All that is in a folder, hidden or not, but for folders whose names start with `except`. Of a file:
  /// itself.
  virtual absl::StatusOr<Contents> ListAll(const std::string& path, const std::string& except) = 0;
  /// The names of the folders directly in this one that start with `prefix`.
  virtual absl::StatusOr<std::vector<std::string>> ListFolders(const std::string& folder,
                                                               const std::string& prefix) = 0;
  /// With the folders above it.
  virtual absl::Status MakeFolder(const std::string& path) = 0;
  /// Takes the place of what is at `to`; missing folders above are made. A folder goes into one that is
  /// there. NOT_FOUND if there is no `from`.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status RemoveFile(const std::string& path) = 0;
  virtual absl::Status RemoveFolder(const std::string& path) = 0;
  /// No error if something is in it: then it stays.
  virtual absl::Status RemoveEmptyFolder(const std::string& path) = 0;
};

/// The local file system.
class LocalStorage final : public Storage {
 public:
  absl::StatusOr<bool> Exists(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> ListVisible(const std::string& folder) override;
  absl::StatusOr<Contents> ListAll(const std::string& path, const std::string& except) override;
  absl::StatusOr<std::vector<std::string>> ListFolders(const std::string& folder,
                                                       const std::string& prefix) override;
  absl::Status MakeFolder(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status RemoveFile(const std::string& path) override;
  absl::Status RemoveFolder(const std::string& path) override;
  absl::Status RemoveEmptyFolder(const std::string& path) override;

 private:
  absl::Status Merge(const std::string& from, const std::string& to);
};

}  // namespace hearth::catalog
