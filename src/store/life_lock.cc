#include "store/life_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::store {

absl::StatusOr<std::unique_ptr<LifeLock>> LifeLock::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  return absl::WrapUnique(new LifeLock(fd));
}

LifeLock::~LifeLock() { ::close(fd_); }

bool LifeLock::TryHold(int64_t epoch) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = epoch;
  lock.l_len = 1;
  // Of the open file, not of the process: a second Hearth in the same process, as in a test, is another one.
  return ::fcntl(fd_, F_OFD_SETLK, &lock) == 0;
}

}  // namespace hearth::store
