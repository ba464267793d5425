#include "apps/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "apps/status_page.h"

namespace hearth::apps {

namespace {

namespace fs = std::filesystem;

// A socket's path has at most 107 bytes; this leaves room for "/native-123456.sock".
constexpr size_t kRunPathMax = 85;

// A folder that nobody else can write in.
bool IsOurOwn(const std::string& path) {
  struct stat status;
  return !path.empty() && ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & 077) == 0;
}

std::string Environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

std::string DataDirectory::DefaultPath(int port) {
  const std::string home = Environment("HOME", "/tmp");
  return absl::StrCat(Environment("XDG_STATE_HOME", home + "/.local/state"), "/hearth/", port);
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path) {
  std::error_code error;
  const std::string absolute = fs::absolute(path, error).string();
  fs::create_directories(absolute, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", absolute, ": ", error.message()));
  fs::permissions(absolute, fs::perms::owner_all, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot guard ", absolute, ": ", error.message()));
  const int lock_fd = ::open((absolute + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd < 0)
    return absl::UnavailableError(absl::StrCat("cannot write in ", absolute, ": ", std::strerror(errno)));
  if (::flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_fd);
    return absl::FailedPreconditionError(
        absl::StrCat("another hearth serve uses ", absolute, "; give this one its own with --data"));
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(absolute, lock_fd));
  for (const std::string& folder : {directory->run(), directory->temp(), directory->logs(),
                                    directory->sessions(), directory->warehouse()}) {
    fs::create_directories(folder, error);
    if (error) return absl::UnavailableError(absl::StrCat("cannot make ", folder, ": ", error.message()));
  }
  return directory;
}

DataDirectory::DataDirectory(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {
  run_ = path_ + "/run";
  if (run_.size() <= kRunPathMax) return;
  // The next server finds the place of this one by a link.
  std::error_code ignored;
  const std::string before = fs::read_symlink(run_, ignored);
  if (IsOurOwn(before)) {
    run_ = before;
    return;
  }
  std::string pattern = Environment("XDG_RUNTIME_DIR", "/tmp") + "/hearth-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return;
  fs::remove_all(run_, ignored);
  fs::create_directory_symlink(pattern, run_, ignored);
  run_ = pattern;
}

DataDirectory::~DataDirectory() {
  std::error_code ignored;
  for (const std::string& name : {socket(), catalog_socket()}) fs::remove(name, ignored);
  // There are others only if clusters of the server before are there that this one has never come to see.
  if (fs::remove(run_, ignored)) fs::remove(path_ + "/run", ignored);
  fs::remove(path_ + "/" + kAddressFile, ignored);
  ::close(lock_fd_);
}

absl::Status DataDirectory::WriteAddress(const std::string& address) const {
  for (const auto& [name, content] :
       {std::pair(kAddressFile, address), std::pair(kSocketFile, "unix:" + socket())}) {
    std::ofstream file(path_ + "/" + name);
    file << content << std::endl;
    if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path_, "/", name));
  }
  return absl::OkStatus();
}

}  // namespace hearth::apps
