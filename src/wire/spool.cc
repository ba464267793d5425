#include "wire/spool.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::wire {

namespace {
constexpr int64_t kPageBytes = 4096;
/// So much is given back at once.
constexpr int64_t kPunchedBytesMin = int64_t{1} << 20;
/// After so much the disk is looked at again, or after a quarter of the reserve.
constexpr int64_t kUnseenBytesMax = int64_t{16} << 20;

/// In bytes; 0 if it is not known.
struct DiskSpace {
  int64_t all = 0;
  int64_t free = 0;
};
DiskSpace SpaceOf(const std::string& directory) {
  struct statvfs disk;
  if (::statvfs(directory.c_str(), &disk) != 0) return {};  // Then writing says what is wrong.
  return {static_cast<int64_t>(disk.f_blocks * disk.f_frsize),
          static_cast<int64_t>(disk.f_bavail * disk.f_frsize)};
}
}  // namespace

SpoolSpace::SpoolSpace(std::string directory, const SpoolLimits& limits)
    : directory_(std::move(directory)),
      limits_(limits),
      reserve_bytes_(
          std::min(static_cast<int64_t>(limits.disk_reserve_bytes), SpaceOf(directory_).all / 20)) {}

void SpoolSpace::AddFileBytes(int64_t bytes) {
  file_bytes_ += bytes;
  if (bytes <= 0 || (unseen_bytes_ += bytes) < std::min(kUnseenBytesMax, reserve_bytes_ / 4)) return;
  unseen_bytes_ = 0;
  disk_is_short_ = IsDiskShort();
}

bool SpoolSpace::IsDiskShort() const {
  const DiskSpace disk = SpaceOf(directory_);
  return disk.all > 0 && disk.free < reserve_bytes_;
}

SpoolFile::~SpoolFile() {
  absl::MutexLock lock(&mutex_);
  if (file_ >= 0) ::close(file_);
  space_->AddFileBytes(-bytes_);
}

bool SpoolFile::HasRoom() const {
  if (!space_->has_room()) return false;
  absl::MutexLock lock(&mutex_);
  return !refused_ && bytes_ < static_cast<int64_t>(space_->limits().operation_bytes_max);
}

int SpoolFile::FileLocked() {
  if (file_ < 0) file_ = ::open(space_->directory().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  return file_;
}

std::optional<SpoolFile::Place> SpoolFile::Write(const grpc::ByteBuffer& body) {
  const auto bytes = static_cast<int64_t>(body.Length());
  int file;
  Place place{.offset = 0, .bytes = body.Length()};
  {
    absl::MutexLock lock(&mutex_);
    file = FileLocked();
    refused_ = refused_ || file < 0;
    if (refused_) return std::nullopt;
    place.offset = end_;
    end_ += bytes;
    bytes_ += bytes;
    space_->AddFileBytes(bytes);
  }
  if (WriteAt(file, body, place.offset)) return place;
  Free(place);
  absl::MutexLock lock(&mutex_);
  refused_ = true;
  return std::nullopt;
}

bool SpoolFile::WriteAt(int file, const grpc::ByteBuffer& body, int64_t offset) {
  std::vector<grpc::Slice> slices;
  if (!body.Dump(&slices).ok()) return false;
  for (const grpc::Slice& slice : slices) {
    size_t written = 0;
    while (written < slice.size()) {
      const ssize_t step = ::pwrite(file, slice.begin() + written, slice.size() - written, offset);
      if (step < 0 && errno == EINTR) continue;
      if (step <= 0) return false;
      written += static_cast<size_t>(step);
      offset += step;
    }
  }
  return true;
}

absl::StatusOr<grpc::ByteBuffer> SpoolFile::Read(const Place& place) const {
  int file;
  {
    absl::MutexLock lock(&mutex_);
    file = file_;
  }
  grpc::Slice body(place.bytes);
  size_t read = 0;
  while (read < place.bytes) {
    const ssize_t step = ::pread(file, const_cast<uint8_t*>(body.begin()) + read, place.bytes - read,
                                 place.offset + static_cast<int64_t>(read));
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) {
      return absl::DataLossError(absl::StrCat("A result that waited for its client cannot be read back from ",
                                              space_->directory(), " (error ", errno, ")"));
    }
    read += static_cast<size_t>(step);
  }
  return grpc::ByteBuffer(&body, 1);
}

void SpoolFile::Free(const Place& place) {
  const auto bytes = static_cast<int64_t>(place.bytes);
  space_->AddFileBytes(-bytes);
  absl::MutexLock lock(&mutex_);
  bytes_ -= bytes;
  if (bytes_ == 0) {
    // A file that cannot be cut short goes on at its end.
    if (::ftruncate(file_, 0) == 0) begin_ = punched_ = end_ = 0;
  } else if (place.offset == begin_) {
    FreeFrontLocked(place);
  } else if (place.offset + bytes == end_) {
    if (::ftruncate(file_, place.offset) == 0) end_ = place.offset;
  } else {
    // What is left of a page at either end is given back with the rest of the file.
    (void)::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place.offset, bytes);
  }
}

/// Clients take what was written first. Many small places give back the pages that they share.
void SpoolFile::FreeFrontLocked(const Place& place) {
  begin_ = place.offset + static_cast<int64_t>(place.bytes);
  const int64_t pages_end = begin_ / kPageBytes * kPageBytes;
  if (pages_end - punched_ < kPunchedBytesMin) return;
  (void)::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, punched_, pages_end - punched_);
  punched_ = pages_end;
}

}  // namespace hearth::wire
