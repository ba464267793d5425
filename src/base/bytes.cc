#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hearth::base {
namespace {

constexpr std::string_view kUnits = "bkmgt";  // each 1024 times the one before
constexpr std::array<const char*, kUnits.size()> kUnitNames = {"B", "KiB", "MiB", "GiB", "TiB"};

absl::Status Malformed(std::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(text), "' is not an amount of bytes such as 512m or 2GiB"));
}

// The power of 1024 that a unit ("", "m", "MB", "mib") stands for, or -1.
int UnitPower(const std::string& unit) {
  if (unit.empty()) return 0;
  const size_t power = kUnits.find(absl::ascii_tolower(unit[0]));
  if (power == std::string_view::npos) return -1;
  const std::string rest = absl::AsciiStrToLower(unit.substr(1));
  const bool known = rest.empty() || (power > 0 && (rest == "b" || rest == "ib"));
  return known ? static_cast<int>(power) : -1;
}

}  // namespace

absl::StatusOr<Bytes> Bytes::Parse(std::string_view text) {
  const size_t number_end = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  if (number_end == 0 || !absl::SimpleAtod(std::string(text.substr(0, number_end)), &number))
    return Malformed(text);
  std::string unit(text.substr(number_end));
  absl::StripAsciiWhitespace(&unit);
  const int power = UnitPower(unit);
  if (power < 0) return Malformed(text);

  // A whole number of up to 2^63 is read exactly; a double would round it above 2^53.
  int64_t whole = 0;
  const int shift = 10 * power;
  if (absl::SimpleAtoi(std::string(text.substr(0, number_end)), &whole)) {
    if (whole > INT64_MAX >> shift) return Malformed(text);
    return Bytes(whole << shift);
  }
  const double count = std::ldexp(number, shift);
  if (!(count < 0x1p63)) return Malformed(text);
  return Bytes(static_cast<int64_t>(count));
}

std::string Bytes::ToString() const {
  size_t power = 0;
  int64_t count = count_;
  while (count != 0 && count % 1024 == 0 && power + 1 < kUnits.size()) {
    count /= 1024;
    ++power;
  }
  return absl::StrCat(count, kUnitNames[power]);
}

}  // namespace hearth::base
