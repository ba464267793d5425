#include "spark/sql/string_text.h"

#include <cstdint>
#include <optional>

namespace hearth::spark {
namespace {

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Exactly `count` digits of `base` at the front of `text`.
std::optional<uint32_t> Digits(std::string_view text, size_t count, uint32_t base) {
  if (text.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    uint32_t digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A') + 10;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

bool IsHigh(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool IsLow(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

// Appends a UTF-16 unit of \uXXXX; a pair of surrogates is one character, and half a pair is what Java writes
// for it.
size_t AppendUnit(std::string_view rest, uint32_t code, std::string* out) {
  if (IsHigh(code) && rest.starts_with("\\u")) {
    const auto low = Digits(rest.substr(2), 4, 16);
    if (low && IsLow(*low)) {
      AppendUtf8(0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00), out);
      return 6;
    }
  }
  if (IsHigh(code) || IsLow(code)) {
    *out += '?';
  } else {
    AppendUtf8(code, out);
  }
  return 0;
}

// Reads the escape behind a backslash at the front of `text`; returns its length.
size_t AppendEscape(std::string_view text, std::string* out) {
  const char c = text.front();
  if (c == 'u') {
    if (const auto code = Digits(text.substr(1), 4, 16)) return 5 + AppendUnit(text.substr(5), *code, out);
  }
  if (c == 'U') {
    if (const auto code = Digits(text.substr(1), 8, 16); code && *code < 0x110000) {
      AppendUtf8(*code, out);
      return 9;
    }
  }
  if (c == '0' || c == '1') {
    if (const auto code = Digits(text, 3, 8)) {
      AppendUtf8(*code, out);
      return 3;
    }
  }
  switch (c) {
    case '0': *out += '\0'; break;
    case 'b': *out += '\b'; break;
    case 'n': *out += '\n'; break;
    case 'r': *out += '\r'; break;
    case 't': *out += '\t'; break;
    case 'Z': *out += '\x1A'; break;
    case '%': *out += "\\%"; break;
    case '_': *out += "\\_"; break;
    default: *out += c;
  }
  return 1;
}

}  // namespace

std::string UnquoteString(std::string_view token) {
  if (token.front() == 'r' || token.front() == 'R') return std::string(token.substr(2, token.size() - 3));
  const char quote = token.front();
  std::string_view rest = token.substr(1, token.size() - 2);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\\' && !rest.empty()) {
      rest.remove_prefix(AppendEscape(rest, &out));
    } else {
      if (c == quote && rest.starts_with(quote)) rest.remove_prefix(1);
      out += c;
    }
  }
  return out;
}

std::string UnquoteIdentifier(std::string_view token) {
  const char quote = token.front();
  std::string out;
  for (size_t i = 1; i + 1 < token.size(); ++i) {
    out += token[i];
    if (token[i] == quote) ++i;
  }
  return out;
}

}  // namespace hearth::spark
