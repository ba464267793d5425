#include "gateway/session_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::gateway {

namespace fs = std::filesystem;

namespace {

absl::Status Failed(const std::string& what, const std::string& path) {
  return FileFailure(what, path, errno);
}

absl::Status SyncFolder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open", folder.string());
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? absl::OkStatus() : Failed("write", folder.string());
}

absl::Status WriteAll(int fd, std::string_view content, const std::string& path, bool sync) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return !sync || ::fdatasync(fd) == 0 ? absl::OkStatus() : Failed("write", path);
}

/// A half of it would only take the room that is missing.
absl::Status WriteNew(const std::string& path, std::string_view content, bool sync) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("write", path);
  absl::Status status = WriteAll(fd, content, path, sync);
  ::close(fd);
  if (!status.ok()) ::unlink(path.c_str());
  return status;
}

}  // namespace

absl::Status FileFailure(const std::string& what, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return absl::Status(full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
                      absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error)));
}

absl::Status SessionFiles::Write(const std::string& session, const std::string& name,
                                 std::string_view content, bool sync) {
  const fs::path folder = fs::path(folder_) / session;
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    if (absl::Status status = SyncFolder(folder_); !status.ok()) return status;
  }
  if (error) return FileFailure("make", folder.string(), error.value());
  const std::string path = (folder / name).string();
  const std::string unfinished = path + ".unfinished";
  if (absl::Status status = WriteNew(unfinished, content, sync); !status.ok()) return status;
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return Failed("write", path);
  if (sync) return SyncFolder(folder);
  absl::MutexLock lock(&mutex_);
  unsynced_[session].push_back(path);
  return absl::OkStatus();
}

std::optional<std::string> SessionFiles::Read(const std::string& session, const std::string& name) const {
  std::ifstream file(fs::path(folder_) / session / name, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return std::move(content).str();
}

bool SessionFiles::HasUnsynced(const std::string& session) const {
  absl::MutexLock lock(&mutex_);
  return unsynced_.count(session) != 0;
}

absl::Status SessionFiles::Sync(const std::string& session) {
  std::vector<std::string> paths;
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = unsynced_.find(session); found != unsynced_.end()) paths = found->second;
  }
  if (paths.empty()) return absl::OkStatus();
  for (const std::string& path : paths) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fdatasync(fd) == 0;
    const absl::Status status = synced ? absl::OkStatus() : Failed("write", path);
    if (fd >= 0) ::close(fd);
    if (!synced) return status;
  }
  if (absl::Status status = SyncFolder(fs::path(folder_) / session); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  const auto found = unsynced_.find(session);
  if (found == unsynced_.end()) return absl::OkStatus();  // It was closed meanwhile.
  std::vector<std::string>& left = found->second;
  left.erase(left.begin(), left.begin() + static_cast<ptrdiff_t>(std::min(paths.size(), left.size())));
  if (left.empty()) unsynced_.erase(found);
  return absl::OkStatus();
}

void SessionFiles::Forget(const std::string& session) {
  absl::MutexLock lock(&mutex_);
  unsynced_.erase(session);
}

void SessionFiles::Remove(const std::string& session, const std::string& name) const {
  std::error_code ignored;
  fs::remove(fs::path(folder_) / session / name, ignored);
}

void SessionFiles::RemoveAll(const std::string& session) const {
  std::error_code ignored;
  fs::remove_all(fs::path(folder_) / session, ignored);
}

void SessionFiles::TakeFrom(const std::string& folder,
                            const std::function<bool(const std::string& session)>& is_ours) const {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) found.push_back(entry.path());
  for (const fs::path& path : found) {
    if (!is_ours(path.filename().string())) continue;
    fs::create_directories(folder_, error);
    fs::rename(path, fs::path(folder_) / path.filename(), error);
  }
}

void SessionFiles::RemoveOthers(const std::set<std::string>& sessions) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (sessions.count(entry.path().filename().string()) == 0) fs::remove_all(entry.path(), error);
  }
}

}  // namespace hearth::gateway
