#include "engine/service/text_width.h"

#include <algorithm>
#include <cstdint>

namespace hearth::engine {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 1;
};

// The code point at the start of valid UTF-8.
CodePoint First(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const uint32_t lead = byte(0);
  const auto tail = [&](size_t i) { return static_cast<uint32_t>(byte(i) & 0x3F); };
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | tail(1), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3};
  return {(lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

size_t Units(const CodePoint& point) { return point.value > 0xFFFF ? 2 : 1; }

// The ranges of Spark's Utils.fullWidthRegex.
bool IsFullWidth(uint32_t point) {
  struct Range {
    uint32_t first, last;
  };
  static constexpr Range kRanges[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}};
  for (const Range& range : kRanges) {
    if (point >= range.first && point <= range.last) return true;
  }
  return false;
}

}  // namespace

size_t HalfWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = First(text);
    width += Units(point) + (IsFullWidth(point.value) ? 1 : 0);
    text.remove_prefix(std::min(point.bytes, text.size()));
  }
  return width;
}

size_t Utf16Length(std::string_view text) {
  size_t length = 0;
  while (!text.empty()) {
    const CodePoint point = First(text);
    length += Units(point);
    text.remove_prefix(std::min(point.bytes, text.size()));
  }
  return length;
}

std::string Utf16Prefix(std::string_view text, size_t units) {
  size_t at = 0;
  size_t taken = 0;
  while (at < text.size() && taken < units) {
    const CodePoint point = First(text.substr(at));
    if (taken + Units(point) > units) return std::string(text.substr(0, at)) + "?";
    taken += Units(point);
    at = std::min(at + point.bytes, text.size());
  }
  return std::string(text.substr(0, at));
}

}  // namespace hearth::engine
