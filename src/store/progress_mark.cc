#include "store/progress_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "store/crc32c.h"

namespace hearth::store {

namespace {

/// As it lies in the file; the checksum tells a half of it.
struct Record {
  int64_t transactions;
  uint64_t checksum;
};

uint64_t ChecksumOf(int64_t transactions) {
  return Crc32c({reinterpret_cast<const char*>(&transactions), sizeof(transactions)});
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProgressMark>> ProgressMark::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  return absl::WrapUnique(new ProgressMark(fd));
}

ProgressMark::~ProgressMark() { ::close(fd_); }

int64_t ProgressMark::Read() const {
  Record record{};
  if (::pread(fd_, &record, sizeof(record), 0) != static_cast<ssize_t>(sizeof(record))) return 0;
  return record.checksum == ChecksumOf(record.transactions) ? record.transactions : 0;
}

void ProgressMark::Write(int64_t transactions) {
  const Record record{transactions, ChecksumOf(transactions)};
  // A mark that cannot be written is behind, as after a power cut.
  const ssize_t ignored = ::pwrite(fd_, &record, sizeof(record), 0);
  static_cast<void>(ignored);
}

}  // namespace hearth::store
