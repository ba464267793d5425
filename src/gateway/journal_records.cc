#include "gateway/journal_records.h"

#include "wire/fields.h"

namespace hearth::gateway {

std::string Encode(const SessionRecord& record) {
  std::string encoded;
  wire::AppendBytesField(1, record.key.user_id, &encoded);
  wire::AppendBytesField(2, record.key.session_id, &encoded);
  wire::AppendVarintField(3, static_cast<uint64_t>(record.when.count()), &encoded);
  return encoded;
}

SessionRecord DecodeSession(std::string_view encoded) {
  SessionRecord record;
  wire::FieldScanner scanner(encoded);
  wire::Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) record.key.user_id = field.bytes;
    if (field.number == 2) record.key.session_id = field.bytes;
    if (field.number == 3) record.when = std::chrono::milliseconds(field.scalar);
  }
  return record;
}

std::string Encode(const ArtifactRecord& record) {
  std::string encoded;
  wire::AppendBytesField(1, record.name, &encoded);
  wire::AppendVarintField(2, record.crc32, &encoded);
  wire::AppendVarintField(3, record.size, &encoded);
  return encoded;
}

ArtifactRecord DecodeArtifact(std::string_view encoded) {
  ArtifactRecord record;
  wire::FieldScanner scanner(encoded);
  wire::Field field;
  while (scanner.Next(&field)) {
    if (field.number == 1) record.name = field.bytes;
    if (field.number == 2) record.crc32 = field.scalar;
    if (field.number == 3) record.size = field.scalar;
  }
  return record;
}

}  // namespace hearth::gateway
