#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "wire/response.h"
#include "wire/session.h"

namespace hearth::gateway {

/// The latest short results, whole, in a file that outlives a killed gateway: what its clients have had half
/// of the next one gives them to the end. A file of fixed size that is written round and round and never
/// synced, for it need not outlive the machine: a result costs some microseconds. Thread-safe.
///
/// A record starts at a multiple of kAlignment: the magic number, the bytes of the key and of all responses
/// (32 bits each), the number of the record (64 bits, ever growing), the CRC-32C of all else, the key, then
/// each response as its bytes, its rows (64 bits each) and its body. Numbers are little-endian.
class ResultRing {
 public:
  static constexpr size_t kFileBytes = size_t{64} << 20;
  /// Larger results are not kept.
  static constexpr size_t kResultBytesMax = kFileBytes / 8;
  static constexpr size_t kAlignment = 64;

  /// Goes on with the file of an earlier gateway, or makes it.
  static absl::StatusOr<std::unique_ptr<ResultRing>> Open(const std::string& path);
  ~ResultRing();

  /// Whose a result is: as a key of Put and Find.
  static std::string KeyOf(const wire::SessionKey& session, std::string_view operation);

  /// Keeps the result in place of the oldest ones. Nothing happens if that cannot be.
  void Put(const std::string& key, const std::vector<wire::Response>& responses);

  /// Of what earlier gateways kept. Nothing if it is not there, or not whole any more.
  bool Has(const std::string& key) const;
  std::optional<std::vector<wire::Response>> Find(const std::string& key) const;

 private:
  struct Place {
    uint64_t number = 0;
    size_t offset = 0;
  };
  struct Header;
  explicit ResultRing(int fd) : fd_(fd) {}
  void FindRecords();
  std::optional<std::string> ReadRecord(size_t offset, Header* header) const;

  const int fd_;
  /// Of earlier gateways. Set before anybody asks.
  std::map<std::string, Place> earlier_;
  absl::Mutex mutex_;
  size_t next_offset_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace hearth::gateway
