#include "wire/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hearth::wire {

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
    if (::ftruncate(file_, 0) == 0) end_ = 0;
    return;
  }
  // What is left of a page at either end is given back with the rest of the file.
  (void)::fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place.offset, bytes);
}

}  // namespace hearth::wire
