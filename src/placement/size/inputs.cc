#include "placement/size/inputs.h"

namespace hearth::placement {

double AxisOfText(std::string_view text) {
  constexpr size_t kBytes = 6;
  double number = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    number = number * 256 + (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  return number;
}

}  // namespace hearth::placement
