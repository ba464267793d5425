#include "store/sqlite_pages.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "store/big_endian.h"

namespace hearth::store {

namespace {

constexpr size_t kLogHeader = 32;
constexpr size_t kFrameHeader = 24;
/// The lowest bit says that its checksums are made of big-endian words.
constexpr uint32_t kLogMagic = 0x377f0682;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The checksum of SQLite's log, continued from frame to frame.
struct Sum {
  uint32_t a = 0;
  uint32_t b = 0;
  bool operator==(const Sum&) const = default;
};

Sum Continue(Sum sum, std::string_view bytes, bool big_endian) {
  const auto word = [&](size_t at) {
    const auto value = static_cast<uint32_t>(BigEndian(bytes.substr(at, 4)));
    return big_endian ? value : __builtin_bswap32(value);
  };
  for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    sum.a += word(at) + sum.b;
    sum.b += word(at + 4) + sum.a;
  }
  return sum;
}

Sum SumAt(std::string_view bytes, size_t at) {
  return {static_cast<uint32_t>(BigEndian(bytes.substr(at, 4))),
          static_cast<uint32_t>(BigEndian(bytes.substr(at + 4, 4)))};
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlitePages>> SqlitePages::Read(const std::string& path) {
  if (!std::ifstream(path)) return absl::UnavailableError("cannot read " + path);
  return absl::WrapUnique(new SqlitePages(Contents(path), Contents(path + "-wal")));
}

SqlitePages::SqlitePages(std::string file, std::string log) : file_(std::move(file)), log_(std::move(log)) {
  count_ = static_cast<uint32_t>(file_.size() / kPageBytes);
  ReadLog();
}

void SqlitePages::ReadLog() {
  const std::string_view log = log_;
  if (log.size() < kLogHeader) return;
  const auto magic = static_cast<uint32_t>(BigEndian(log.substr(0, 4)));
  if ((magic & ~1U) != kLogMagic || BigEndian(log.substr(8, 4)) != kPageBytes) return;
  const bool big_endian = (magic & 1) != 0;
  const std::string_view salts = log.substr(16, 8);
  Sum sum = Continue({}, log.substr(0, 24), big_endian);
  if (sum != SumAt(log, 24)) return;
  std::map<uint32_t, size_t> since_commit;
  for (size_t at = kLogHeader; at + kFrameHeader + kPageBytes <= log.size();
       at += kFrameHeader + kPageBytes) {
    const std::string_view header = log.substr(at, kFrameHeader);
    if (header.substr(8, 8) != salts) return;
    sum = Continue(sum, header.substr(0, 8), big_endian);
    sum = Continue(sum, log.substr(at + kFrameHeader, kPageBytes), big_endian);
    if (sum != SumAt(header, 16)) return;
    since_commit[static_cast<uint32_t>(BigEndian(header.substr(0, 4)))] = at + kFrameHeader;
    const auto pages_after_commit = static_cast<uint32_t>(BigEndian(header.substr(4, 4)));
    if (pages_after_commit == 0) continue;
    for (const auto& [page, place] : since_commit) logged_[page] = place;
    since_commit.clear();
    count_ = pages_after_commit;
  }
}

std::string_view SqlitePages::Page(uint32_t number) const {
  if (number == 0 || number > count_) return {};
  if (const auto found = logged_.find(number); found != logged_.end())
    return std::string_view(log_).substr(found->second, kPageBytes);
  const size_t at = (size_t{number} - 1) * kPageBytes;
  return at + kPageBytes <= file_.size() ? std::string_view(file_).substr(at, kPageBytes)
                                         : std::string_view();
}

}  // namespace hearth::store
