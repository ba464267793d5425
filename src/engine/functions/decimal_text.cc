#include "engine/functions/decimal_text.h"

#include <algorithm>
#include <charconv>

namespace hearth::engine {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Adds one to a string of digits.
void Increment(std::string* digits) {
  for (size_t i = digits->size(); i-- > 0;) {
    if ((*digits)[i] != '9') {
      ++(*digits)[i];
      return;
    }
    (*digits)[i] = '0';
  }
  digits->insert(digits->begin(), '1');
}

void StripLeadingZeros(std::string* digits) {
  const size_t first = std::min(digits->find_first_not_of('0'), digits->size() - 1);
  digits->erase(0, digits->empty() ? 0 : first);
}

// Whether dropping `tail` from behind `kept` rounds away from zero.
bool RoundsAway(std::string_view kept, std::string_view tail, HalfRounding rounding) {
  if (tail[0] != '5') return tail[0] > '5';
  const bool exactly_half = tail.find_first_not_of('0', 1) == std::string_view::npos;
  if (!exactly_half || rounding == HalfRounding::kUp) return true;
  return !kept.empty() && (kept.back() - '0') % 2 == 1;
}

}  // namespace

DecimalText DecimalText::WithScale(int64_t new_scale, HalfRounding rounding) const {
  DecimalText result{negative, digits, new_scale};
  const int64_t dropped = scale - new_scale;
  if (dropped <= 0) {
    if (!IsZero()) result.digits.append(static_cast<size_t>(-dropped), '0');
    return result;
  }
  if (dropped > precision()) {
    result.digits = "0";
    return result;
  }
  const size_t kept = digits.size() - static_cast<size_t>(dropped);
  result.digits = digits.substr(0, kept);
  if (RoundsAway(result.digits, std::string_view(digits).substr(kept), rounding)) Increment(&result.digits);
  if (result.digits.empty()) result.digits = "0";
  return result;
}

std::string DecimalText::ToPlainString() const {
  std::string text = digits;
  if (scale < 0) {
    if (!IsZero()) text.append(static_cast<size_t>(-scale), '0');
  } else if (scale > 0) {
    const auto fraction = static_cast<size_t>(scale);
    if (text.size() <= fraction) text.insert(0, fraction + 1 - text.size(), '0');
    text.insert(text.size() - fraction, 1, '.');
  }
  return negative && !IsZero() ? "-" + text : text;
}

std::optional<__int128> DecimalText::Unscaled(int precision_limit, int new_scale) const {
  // Cheap refusal first: an exponent can be a thousand million.
  if (!IsZero() && precision() - scale + new_scale > precision_limit + 1) return std::nullopt;
  const DecimalText rounded = WithScale(new_scale, HalfRounding::kUp);
  if (rounded.precision() > precision_limit && !rounded.IsZero()) return std::nullopt;
  __int128 value = 0;
  for (const char digit : rounded.digits) value = value * 10 + (digit - '0');
  return negative ? -value : value;
}

std::optional<DecimalText> DecimalText::Parse(std::string_view text) {
  DecimalText result;
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) result.negative = text[i++] == '-';
  std::string digits;
  bool point = false;
  for (; i < text.size() && (IsDigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
    } else {
      digits += text[i];
      result.scale += point ? 1 : 0;
    }
  }
  if (digits.empty()) return std::nullopt;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    if (i < text.size() && text[i] == '+') {
      ++i;
      if (i < text.size() && text[i] == '-') return std::nullopt;
    }
    int64_t exponent = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data() + i, end, exponent);
    if (status != std::errc() || stop != end || exponent > INT32_MAX || exponent < -INT32_MAX)
      return std::nullopt;
    result.scale -= exponent;
  }
  if (result.scale > INT32_MAX || result.scale < INT32_MIN) return std::nullopt;
  StripLeadingZeros(&digits);
  result.digits = std::move(digits);
  return result;
}

std::string DigitsOf(unsigned __int128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace hearth::engine
