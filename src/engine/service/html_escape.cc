#include "engine/service/html_escape.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace hearth::engine {
namespace {

struct Entity {
  uint32_t code_point;
  std::string_view name;
};

constexpr Entity kEntities[] = {
#include "engine/service/html_entities.inc"
};

// Length of the UTF-8 sequence that begins with `lead`, and its code point's leading bits.
size_t SequenceLength(uint8_t lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

uint32_t Decode(std::string_view sequence) {
  const auto lead = static_cast<uint8_t>(sequence[0]);
  if (sequence.size() == 1) return lead;
  uint32_t point = lead & (0x7FU >> sequence.size());
  for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<uint8_t>(c) & 0x3FU);
  return point;
}

const Entity* Find(uint32_t code_point) {
  const auto* found =
      std::lower_bound(std::begin(kEntities), std::end(kEntities), code_point,
                       [](const Entity& entity, uint32_t point) { return entity.code_point < point; });
  return found != std::end(kEntities) && found->code_point == code_point ? found : nullptr;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = std::min(SequenceLength(static_cast<uint8_t>(text[0])), text.size());
    const std::string_view sequence = text.substr(0, length);
    if (const Entity* entity = Find(Decode(sequence))) {
      out.append("&").append(entity->name).append(";");
    } else {
      out.append(sequence);
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace hearth::engine
