#include "gateway/result_ring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "store/crc32c.h"

namespace hearth::gateway {

struct ResultRing::Header {
  uint32_t magic = 0;
  uint32_t key_bytes = 0;
  uint32_t result_bytes = 0;
  uint32_t crc = 0;
  uint64_t number = 0;
};

namespace {

constexpr uint32_t kMagic = 0x474E5248;  // "HRNG"
constexpr size_t kKeyBytesMax = 4096;
constexpr size_t kHeaderBytes = 24;
constexpr size_t kResponseHeadBytes = 16;

size_t Aligned(size_t bytes) {
  return (bytes + ResultRing::kAlignment - 1) / ResultRing::kAlignment * ResultRing::kAlignment;
}

void AppendNumber(uint64_t number, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) *out += static_cast<char>(number >> (8 * i));
}

uint64_t NumberAt(std::string_view bytes, size_t at, size_t size) {
  uint64_t number = 0;
  for (size_t i = size; i > 0; --i) number = number << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  return number;
}

std::string HeadOf(uint32_t key_bytes, uint32_t result_bytes, uint64_t number) {
  std::string head;
  AppendNumber(kMagic, 4, &head);
  AppendNumber(key_bytes, 4, &head);
  AppendNumber(result_bytes, 4, &head);
  AppendNumber(number, 8, &head);
  return head;
}

bool WriteAll(int fd, std::string_view bytes, size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written <= 0 && errno != EINTR) return false;
    if (written <= 0) continue;
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<size_t>(written);
  }
  return true;
}

std::string ReadAt(int fd, size_t offset, size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t read = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) break;
    done += static_cast<size_t>(read);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

std::string ResultRing::KeyOf(const wire::SessionKey& session, std::string_view operation) {
  std::string key;
  for (const std::string_view part :
       {std::string_view(session.user_id), std::string_view(session.session_id), operation}) {
    AppendNumber(part.size(), 4, &key);
    key += part;
  }
  return key;
}

absl::StatusOr<std::unique_ptr<ResultRing>> ResultRing::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  std::unique_ptr<ResultRing> ring(new ResultRing(fd));
  ring->FindRecords();
  return ring;
}

ResultRing::~ResultRing() { ::close(fd_); }

/// The latest of each key, and where to go on: behind the latest of all.
void ResultRing::FindRecords() {
  struct stat file;
  if (::fstat(fd_, &file) != 0) return;
  const size_t size = std::min(static_cast<size_t>(file.st_size), kFileBytes);
  absl::MutexLock lock(&mutex_);
  for (size_t offset = 0; offset + kHeaderBytes <= size;) {
    Header header;
    const auto record = ReadRecord(offset, &header);
    const size_t bytes = record ? Aligned(kHeaderBytes + record->size()) : kAlignment;
    if (record) {
      Place& place = earlier_[record->substr(0, header.key_bytes)];
      if (header.number > place.number) place = {header.number, offset};
      if (header.number >= next_number_) {
        next_number_ = header.number + 1;
        next_offset_ = offset + bytes;
      }
    }
    offset += bytes;
  }
}

/// What follows the header: the key and the responses. Nothing if no whole record is there.
std::optional<std::string> ResultRing::ReadRecord(size_t offset, Header* header) const {
  const std::string head = ReadAt(fd_, offset, kHeaderBytes);
  if (head.size() < kHeaderBytes || NumberAt(head, 0, 4) != kMagic) return std::nullopt;
  header->key_bytes = static_cast<uint32_t>(NumberAt(head, 4, 4));
  header->result_bytes = static_cast<uint32_t>(NumberAt(head, 8, 4));
  header->number = NumberAt(head, 12, 8);
  header->crc = static_cast<uint32_t>(NumberAt(head, 20, 4));
  if (header->key_bytes > kKeyBytesMax || header->result_bytes > kResultBytesMax) return std::nullopt;
  const size_t bytes = size_t{header->key_bytes} + header->result_bytes;
  std::string record = ReadAt(fd_, offset + kHeaderBytes, bytes);
  const uint32_t crc = store::Crc32c(record, store::Crc32c(std::string_view(head).substr(0, 20)));
  if (record.size() != bytes || crc != header->crc) return std::nullopt;
  return record;
}

void ResultRing::Put(const std::string& key, const std::vector<wire::Response>& responses) {
  if (key.size() > kKeyBytesMax) return;
  std::string record(kHeaderBytes, '\0');  // Filled in below.
  record += key;
  for (const wire::Response& response : responses) {
    if (record.size() + response.bytes() > kResultBytesMax) return;
    AppendNumber(response.bytes(), 8, &record);
    AppendNumber(static_cast<uint64_t>(response.rows), 8, &record);
    std::vector<grpc::Slice> slices;
    if (!response.body.Dump(&slices).ok()) return;
    for (const grpc::Slice& slice : slices)
      record.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  const auto result_bytes = static_cast<uint32_t>(record.size() - kHeaderBytes - key.size());
  size_t offset;
  uint64_t number;
  {
    absl::MutexLock lock(&mutex_);
    const size_t bytes = Aligned(record.size());
    if (next_offset_ + bytes > kFileBytes) next_offset_ = 0;
    offset = std::exchange(next_offset_, next_offset_ + bytes);
    number = next_number_++;
  }
  std::string head = HeadOf(static_cast<uint32_t>(key.size()), result_bytes, number);
  const std::string_view body = std::string_view(record).substr(kHeaderBytes);
  AppendNumber(store::Crc32c(body, store::Crc32c(head)), 4, &head);
  record.replace(0, kHeaderBytes, head);
  WriteAll(fd_, record, offset);  // Half a record is none.
}

bool ResultRing::Has(const std::string& key) const { return earlier_.count(key) != 0; }

std::optional<std::vector<wire::Response>> ResultRing::Find(const std::string& key) const {
  const auto found = earlier_.find(key);
  if (found == earlier_.end()) return std::nullopt;
  Header header;
  const auto record = ReadRecord(found->second.offset, &header);
  if (!record || header.number != found->second.number) return std::nullopt;
  std::string_view rest = std::string_view(*record).substr(header.key_bytes);
  std::vector<wire::Response> responses;
  while (rest.size() >= kResponseHeadBytes) {
    const uint64_t bytes = NumberAt(rest, 0, 8);
    const auto rows = static_cast<int64_t>(NumberAt(rest, 8, 8));
    rest.remove_prefix(kResponseHeadBytes);
    if (bytes > rest.size()) return std::nullopt;
    wire::Response response = wire::EncodedResponse(std::string(rest.substr(0, bytes)));
    response.rows = rows;
    response.is_schema = rows == 0 && wire::KindOf(response.body) == wire::ResponseKind::kSchema;
    responses.push_back(std::move(response));
    rest.remove_prefix(bytes);
  }
  return responses;
}

}  // namespace hearth::gateway
