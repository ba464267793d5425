#include "spark/connect/decimal_text.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace hearth::spark {
namespace {

// What a text says before any zero is written out: digits * 10^-scale.
struct Digits {
  bool negative = false;
  std::string significant;
  int64_t scale = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The exponent after 'e', the rest of the text. Nullopt if it is not a number of at most nine digits.
std::optional<int64_t> ParseExponent(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size() || std::abs(exponent) > 999'999'999)
    return std::nullopt;
  return exponent;
}

std::optional<Digits> ReadDigits(std::string_view text) {
  Digits digits;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) digits.negative = text[at++] == '-';
  bool seen_point = false;
  bool seen_digit = false;
  for (; at < text.size(); ++at) {
    if (IsDigit(text[at])) {
      seen_digit = true;
      if (text[at] != '0' || !digits.significant.empty()) digits.significant += text[at];
      digits.scale += seen_point ? 1 : 0;
    } else if (text[at] == '.' && !seen_point) {
      seen_point = true;
    } else {
      break;
    }
  }
  if (!seen_digit) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    const auto exponent = ParseExponent(text.substr(at + 1));
    if (!exponent) return std::nullopt;
    digits.scale -= *exponent;
  }
  return digits;
}

}  // namespace

std::optional<ParsedDecimal> ParseDecimal(std::string_view text) {
  auto digits = ReadDigits(text);
  if (!digits) return std::nullopt;
  if (digits->scale < 0) {
    if (-digits->scale > DataType::kMaxPrecision) return std::nullopt;
    if (!digits->significant.empty()) digits->significant.append(static_cast<size_t>(-digits->scale), '0');
    digits->scale = 0;
  }
  const auto count = static_cast<int64_t>(digits->significant.size());
  const int64_t precision = std::max<int64_t>({count, digits->scale, 1});
  if (precision > DataType::kMaxPrecision) return std::nullopt;
  ParsedDecimal parsed;
  for (const char digit : digits->significant)
    parsed.value.unscaled = parsed.value.unscaled * 10 + (digit - '0');
  if (digits->negative) parsed.value.unscaled = -parsed.value.unscaled;
  parsed.precision = static_cast<int>(precision);
  parsed.scale = static_cast<int>(digits->scale);
  return parsed;
}

std::optional<Decimal> Rescale(Decimal value, int from_scale, int to_scale) {
  if (value.unscaled == 0) return value;
  if (DecimalDigits(value.unscaled) + to_scale - from_scale > DataType::kMaxPrecision) return std::nullopt;
  for (int scale = from_scale; scale < to_scale; ++scale) value.unscaled *= 10;
  return value;
}

}  // namespace hearth::spark
