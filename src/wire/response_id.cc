#include "wire/response_id.h"

#include <cstdio>

#include "wire/rows/mix.h"
#include "wire/uuid.h"

namespace hearth::wire {

namespace {

constexpr size_t kIdLength = 36;
constexpr uint64_t kRowsMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kCheckMask = (uint32_t{1} << 20) - 1;
constexpr uint32_t kHashMask = (uint32_t{1} << 27) - 1;
constexpr uint32_t kHashIsKnown = uint32_t{1} << 27;

/// The number that these digits are; nothing if one is no lower-case digit.
std::optional<uint64_t> Digits(std::string_view text) {
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<uint64_t>(digit);
  }
  return value;
}

}  // namespace

ResponseIdSequence::ResponseIdSequence(std::string_view operation_id)
    : operation_(HashOfBytes(operation_id)),
      own_(static_cast<uint32_t>(HashOfBytes(NewUuid())) & kHashMask) {}

uint32_t ResponseIdSequence::CheckOf(uint32_t position, uint64_t rows) const {
  return static_cast<uint32_t>(Mix(Mix(operation_ + position) + rows)) & kCheckMask;
}

std::string ResponseIdSequence::At(uint64_t position, const Past& past) const {
  const auto index = static_cast<uint32_t>(position);
  const uint64_t rows = static_cast<uint64_t>(past.rows) & kRowsMask;
  const uint32_t hash = past.digest ? kHashIsKnown | ShortProof(*past.digest) : own_;
  char id[kIdLength + 1];
  std::snprintf(id, sizeof id, "%08x-%04x-4%03x-8%03x-%05x%07x", index, static_cast<unsigned>(rows >> 24),
                static_cast<unsigned>(rows >> 12) & 0xfff, static_cast<unsigned>(rows) & 0xfff,
                CheckOf(index, rows), hash);
  return id;
}

uint32_t ShortProof(uint64_t digest) { return static_cast<uint32_t>(digest) & kHashMask; }

std::optional<uint64_t> ResponseIdSequence::PositionOf(std::string_view id) const {
  const auto prefix = PrefixOf(id);
  return prefix ? std::optional(prefix->responses) : std::nullopt;
}

std::optional<ResultPrefix> ResponseIdSequence::PrefixOf(std::string_view id) const {
  if (id.size() != kIdLength || id[8] != '-' || id.substr(13, 2) != "-4" || id.substr(18, 2) != "-8" ||
      id[23] != '-') {
    return std::nullopt;
  }
  const auto position = Digits(id.substr(0, 8));
  const auto high = Digits(id.substr(9, 4));
  const auto middle = Digits(id.substr(15, 3));
  const auto low = Digits(id.substr(20, 3));
  const auto check = Digits(id.substr(24, 5));
  const auto hash = Digits(id.substr(29));
  if (!position || !high || !middle || !low || !check || !hash || *position == 0) return std::nullopt;
  const uint64_t rows = *high << 24 | *middle << 12 | *low;
  if (*check != CheckOf(static_cast<uint32_t>(*position), rows)) return std::nullopt;
  ResultPrefix prefix{.responses = *position, .rows = static_cast<int64_t>(rows), .proof = {}};
  if ((*hash & kHashIsKnown) != 0) prefix.proof = static_cast<uint32_t>(*hash) & kHashMask;
  return prefix;
}

}  // namespace hearth::wire
