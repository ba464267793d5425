// The words and signs of a SQL text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::spark {

enum class Keyword : uint16_t {
  kNone,
#define HEARTH_KEYWORD(name, text) name,
#include "spark/sql/keywords.inc"
#undef HEARTH_KEYWORD
};

// The keyword that `word` spells in any case, or kNone.
Keyword FindKeyword(std::string_view word);

enum class TokenKind : uint8_t {
  kEnd,
  kWord,          // an unquoted identifier or a keyword
  kBackQuoted,    // `name`
  kString,        // '...' and r'...'
  kDoubleQuoted,  // "..." and r"...": a string, or an identifier when the session says so
  kInteger,       // 12
  kDecimal,       // 1.5
  kExponent,      // 1e3
  kSuffixed,      // 1L 1S 1Y 1F 1D 1BD
  kSymbol,
  kUnrecognized,  // a character that starts no token, as a syntax error will say
};

// A view into the text that was lexed; valid as long as the text is.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  Keyword keyword = Keyword::kNone;
  uint32_t start = 0;     // code points before the token
  uint32_t line = 1;      // from 1
  uint32_t position = 0;  // code points before it in its line
  std::string_view text;

  uint32_t stop() const;  // index of its last code point; before `start` when it is empty
};

}  // namespace hearth::spark
