#include "mutation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace hearth::fuzz {
namespace {

// Numbers at which counts, lengths and offsets of 32 and 64 bits break.
constexpr std::array<int64_t, 12> kExtremes = {0,          1,           -1,         7,          64,        1 << 16,
                                               INT32_MAX,  INT32_MIN,   0xffffffff, 1LL << 33,  INT64_MAX, INT64_MIN};

void ChangeOnce(std::string* bytes, Random& random) {
  const size_t size = bytes->size();
  const size_t at = Below(size, random);
  switch (Below(7, random)) {
    case 0:
      if (size > 0) (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << Below(8, random)));
      return;
    case 1:
      if (size > 0) (*bytes)[at] = static_cast<char>(random());
      return;
    case 2: {  // aligned, as numbers in binary formats are
      const int64_t value = kExtremes[Below(kExtremes.size(), random)];
      const size_t width = random() % 2 == 0 ? 4 : 8;
      const size_t place = at / 4 * 4;
      if (place + width <= size) std::memcpy(bytes->data() + place, &value, width);
      return;
    }
    case 3: bytes->resize(at); return;
    case 4: bytes->erase(at, 1 + Below(16, random)); return;
    case 5: bytes->insert(at, bytes->substr(Below(size, random), 1 + Below(32, random))); return;
    default: {  // many of one piece: nesting and long lists
      const std::string piece = bytes->substr(at, 1 + Below(8, random));
      std::string repeated;
      for (size_t times = Below(1 << Below(12, random), random); times > 0; --times) repeated += piece;
      bytes->insert(at, repeated);
    }
  }
}

}  // namespace

size_t Below(size_t bound, Random& random) { return bound == 0 ? 0 : random() % bound; }

std::string MutateBytes(std::string input, Random& random) {
  for (size_t changes = 1 + Below(4, random); changes > 0; --changes) ChangeOnce(&input, random);
  return input;
}

}  // namespace hearth::fuzz
