#include "placement/size/amount_text.h"

#include <cmath>
#include <cstddef>
#include <iterator>

#include "absl/strings/str_format.h"

namespace hearth::placement {

namespace {

template <size_t N>
std::string Scaled(double amount, double step, const char* const (&units)[N]) {
  if (!(amount >= 0)) amount = 0;
  size_t unit = 0;
  // 999.96 would be shown as 1000.0.
  while (amount >= step - 0.05 && unit + 1 < N) {
    amount /= step;
    ++unit;
  }
  return unit == 0 ? absl::StrFormat("%.0f%s", amount, units[0])
                   : absl::StrFormat("%.1f%s", amount, units[unit]);
}

}  // namespace

std::string BytesText(double bytes) {
  return Scaled(bytes, 1024, {" B", " KiB", " MiB", " GiB", " TiB", " PiB"});
}

std::string CountText(double count) { return Scaled(count, 1000, {"", " k", " M", " G", " T"}); }

}  // namespace hearth::placement
