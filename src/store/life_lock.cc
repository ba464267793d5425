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

bool LifeLock::TryHold(int64_t epoch) { return TryLock(epoch, 1); }

bool LifeLock::TryHoldAll() { return TryLock(0, 0); }

/// A count of 0 is all that follow.
bool LifeLock::TryLock(int64_t first, int64_t count) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = first;
  lock.l_len = count;
  // Of the open file, not of the process: a second Hearth in the same process, as in a test, is another one.
  return ::fcntl(fd_, F_OFD_SETLK, &lock) == 0;
}

}  // namespace hearth::store
