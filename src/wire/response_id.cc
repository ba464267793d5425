#include "wire/response_id.h"

#include <cstdio>

#include "wire/uuid.h"

namespace hearth::wire {

namespace {
constexpr size_t kPrefixLength = 24;  // "xxxxxxxx-xxxx-4xxx-8xxx-", random but for version and variant
constexpr size_t kIdLength = 36;
}  // namespace

ResponseIdSequence::ResponseIdSequence() : prefix_(NewUuid().substr(0, kPrefixLength)) {}

std::string ResponseIdSequence::At(uint64_t position) const {
  char digits[13];
  std::snprintf(digits, sizeof digits, "%012llx",
                static_cast<unsigned long long>(position & 0xffffffffffffULL));
  return prefix_ + digits;
}

std::optional<uint64_t> ResponseIdSequence::PositionOf(std::string_view id) const {
  if (id.size() != kIdLength || id.substr(0, kPrefixLength) != prefix_) return std::nullopt;
  uint64_t position = 0;
  for (const char c : id.substr(kPrefixLength)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    position = position * 16 + static_cast<uint64_t>(digit);
  }
  if (position == 0) return std::nullopt;
  return position;
}

}  // namespace hearth::wire
