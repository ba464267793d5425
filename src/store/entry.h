#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "store/crc32c.h"
#include "store/keys.h"

namespace hearth::store {

/// What stands beside an entry in the database: above, the checksum of the key; below, that of key and
/// value. So a changed key, which may hide entries, can be told from a changed value, which harms itself
/// alone; and a value that turns up under another key is noticed.
inline int64_t EntryChecksum(std::string_view key, std::string_view value) {
  const uint32_t of_key = Crc32c(key);
  return static_cast<int64_t>(uint64_t{of_key} << 32 | Crc32c(value, of_key));
}

/// Whether the entry's key is what was written: either half proves it, for the checksum may be what changed.
inline bool KeyIsIntact(std::string_view key, std::string_view value, int64_t checksum) {
  const uint32_t of_key = Crc32c(key);
  return static_cast<uint64_t>(checksum) >> 32 == of_key ||
         static_cast<uint32_t>(checksum) == Crc32c(value, of_key);
}

/// The value, if key and value are what was written; else DATA_LOSS, naming the key.
inline absl::StatusOr<std::string_view> IntactValue(std::string_view key, std::string_view value,
                                                    int64_t checksum) {
  if (static_cast<uint32_t>(checksum) == Crc32c(value, Crc32c(key))) return value;
  return absl::DataLossError("the entry " + QuotedKey(key) + " is damaged: its checksum does not fit");
}

}  // namespace hearth::store
