#include "engine/arrow/message_alignment.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/rows/record_batch_message.h"
#include "wire/rows/unverified_flatbuffer.h"

namespace hearth::engine {
namespace {

constexpr size_t kPrefix = 8;       // continuation mark and size
constexpr size_t kStructSize = 16;  // of FieldNode and of Buffer
constexpr uint32_t kContinuation = 0xffffffff;

// Numbers of fields and of union members in Arrow's Message.fbs.
constexpr int kMessageHeaderType = 1, kMessageHeader = 2, kMessageBodyLength = 3;
constexpr uint8_t kDictionaryBatch = 2, kRecordBatch = 3;
constexpr int kDictionaryData = 1;
constexpr int kBatchNodes = 1, kBatchBuffers = 2;

struct Message {
  std::string_view flatbuffer;
  std::string_view body;
  size_t size() const { return kPrefix + flatbuffer.size() + body.size(); }
};

bool IsEndOfStream(std::string_view bytes) {
  return bytes.size() >= kPrefix && std::memcmp(bytes.data(), wire::kEndOfStream, kPrefix) == 0;
}

// The message at the start of the bytes; nothing if there is none.
std::optional<Message> ReadMessage(std::string_view bytes) {
  const wire::UnverifiedFlatbuffer prefix(bytes);
  const auto mark = prefix.Read<uint32_t>(0);
  const auto size = prefix.Read<uint32_t>(4);
  if (!mark || *mark != kContinuation || !size || *size == 0 || *size > bytes.size() - kPrefix)
    return std::nullopt;
  Message message;
  message.flatbuffer = bytes.substr(kPrefix, *size);
  const wire::UnverifiedFlatbuffer flatbuffer(message.flatbuffer);
  const auto place = flatbuffer.Field(flatbuffer.Target(0), kMessageBodyLength);
  const uint64_t body = place ? flatbuffer.Read<uint64_t>(*place).value_or(0) : 0;
  const std::string_view rest = bytes.substr(kPrefix + *size);
  if (body > rest.size()) return std::nullopt;
  message.body = rest.substr(0, body);
  return message;
}

// The places of the offsets that lead to a batch's unaligned vectors.
std::vector<size_t> UnalignedVectors(const wire::UnverifiedFlatbuffer& flatbuffer) {
  const auto root = flatbuffer.Target(0);
  const auto type = flatbuffer.Field(root, kMessageHeaderType);
  if (!type) return {};
  auto batch = flatbuffer.Target(flatbuffer.Field(root, kMessageHeader));
  switch (flatbuffer.Read<uint8_t>(*type).value_or(0)) {
    case kRecordBatch: break;
    case kDictionaryBatch: batch = flatbuffer.Target(flatbuffer.Field(batch, kDictionaryData)); break;
    default: return {};
  }
  std::vector<size_t> places;
  for (const int field : {kBatchNodes, kBatchBuffers}) {
    const auto place = flatbuffer.Field(batch, field);
    const auto vector = flatbuffer.Target(place);
    if (!vector || *vector % 8 == 4) continue;  // its elements follow its 32-bit length
    const auto count = flatbuffer.Read<uint32_t>(*vector);
    if (count && *count > 0 && *count <= (flatbuffer.size() - *vector - 4) / kStructSize)
      places.push_back(*place);
  }
  return places;
}

// The flatbuffer with copies of those vectors behind its end, where the offsets now lead.
std::string Align(std::string_view flatbuffer, const std::vector<size_t>& places) {
  const wire::UnverifiedFlatbuffer old(flatbuffer);
  std::string aligned(flatbuffer);
  for (const size_t place : places) {
    const size_t vector = *old.Target(place);
    const size_t size = 4 + *old.Read<uint32_t>(vector) * kStructSize;
    aligned.resize((aligned.size() + 7) / 8 * 8 + 4);
    const auto offset = static_cast<uint32_t>(aligned.size() - place);
    std::memcpy(aligned.data() + place, &offset, sizeof(offset));
    aligned.append(flatbuffer.substr(vector, size));
  }
  aligned.resize((aligned.size() + 7) / 8 * 8);
  return aligned;
}

void AppendMessage(std::string_view flatbuffer, std::string_view body, std::string* out) {
  const auto size = static_cast<uint32_t>(flatbuffer.size());
  out->append(reinterpret_cast<const char*>(&kContinuation), sizeof(kContinuation));
  out->append(reinterpret_cast<const char*>(&size), sizeof(size));
  out->append(flatbuffer);
  out->append(body);
}

}  // namespace

spark::ArrowBlock WithAlignedVectors(const spark::ArrowBlock& block) {
  const std::string_view bytes = *block;
  std::string rewritten;
  size_t kept = 0;  // up to here the bytes are in `rewritten`
  size_t at = 0;
  while (at < bytes.size()) {
    if (IsEndOfStream(bytes.substr(at))) {
      at += kPrefix;
      continue;
    }
    const std::optional<Message> message = ReadMessage(bytes.substr(at));
    if (!message) break;
    const std::vector<size_t> places = UnalignedVectors(wire::UnverifiedFlatbuffer(message->flatbuffer));
    if (!places.empty()) {
      rewritten.append(bytes.substr(kept, at - kept));
      AppendMessage(Align(message->flatbuffer, places), message->body, &rewritten);
      kept = at + message->size();
    }
    at += message->size();
  }
  if (kept == 0) return block;
  rewritten.append(bytes.substr(kept));
  return std::make_shared<const std::string>(std::move(rewritten));
}

}  // namespace hearth::engine
