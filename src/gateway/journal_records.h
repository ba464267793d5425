#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/session.h"

namespace hearth::gateway {

/// Values of the journal's entries (journal.h), beside changes (change_record.h). What cannot be read of a
/// record has its default.

/// Of a session: {user 1, session 2, when 3}. `when` is the wall clock since 1970: when it was opened, or
/// last used.
struct SessionRecord {
  wire::SessionKey key;
  std::chrono::milliseconds when{0};
};
std::string Encode(const SessionRecord& record);
SessionRecord DecodeSession(std::string_view encoded);

/// Of an artifact, whose content is a file: {name 1, CRC 32 2, size 3}.
struct ArtifactRecord {
  std::string name;
  uint64_t crc32 = 0;
  uint64_t size = 0;
};
std::string Encode(const ArtifactRecord& record);
ArtifactRecord DecodeArtifact(std::string_view encoded);

}  // namespace hearth::gateway
