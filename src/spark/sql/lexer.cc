#include "spark/sql/lexer.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "spark/sql/parse_error.h"

namespace hearth::spark {
namespace {

struct KeywordEntry {
  std::string_view text;
  Keyword keyword;
};

constexpr KeywordEntry kKeywords[] = {
#define HEARTH_KEYWORD(name, text) {text, Keyword::name},
#include "spark/sql/keywords.inc"
#undef HEARTH_KEYWORD
};

constexpr size_t kLongestKeyword = 16;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordByte(char c) { return IsLetter(c) || IsDigit(c) || c == '_'; }
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Longest first, as the longest match wins.
constexpr std::string_view kSymbols[] = {">>>", "<=>", "==", "<>", "!=", "<=", "!>", ">=", "!<", "<<",
                                         ">>",  "||",  "|>", "::", "->", "=>", "=",  "<",  ">",  "+",
                                         "-",   "*",   "/",  "%",  "~",  "&",  "|",  "^",  ":",  "?",
                                         "!",   "(",   ")",  ",",  ".",  "[",  "]",  ";"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run() {
    std::vector<Token> tokens;
    tokens.reserve(text_.size() / 4 + 1);
    while (true) {
      SkipHidden();
      Token token;
      token.start = code_point_;
      token.line = line_;
      token.position = position_;
      const size_t begin = at_;
      token.kind = at_ < text_.size() ? Next() : TokenKind::kEnd;
      token.text = text_.substr(begin, at_ - begin);
      if (token.kind == TokenKind::kWord) token.keyword = FindKeyword(token.text);
      Count(begin, at_);
      tokens.push_back(token);
      if (token.kind == TokenKind::kEnd) return tokens;
    }
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool StartsWith(std::string_view prefix) const {
    return Peek() == prefix.front() && text_.substr(at_).starts_with(prefix);
  }

  // Moves the counters over text_[begin, end).
  void Count(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (IsContinuation(text_[i])) continue;
      ++code_point_;
      ++position_;
      if (text_[i] == '\n') {
        ++line_;
        position_ = 0;
      }
    }
  }

  // The code point at at_ and its length in bytes; malformed UTF-8 counts as single bytes.
  char32_t CodePoint(size_t* length) const {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    const size_t want = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    *length = 1;
    while (*length < want && at_ + *length < text_.size() && IsContinuation(text_[at_ + *length])) ++*length;
    char32_t code = byte < 0x80 ? byte : byte & (0xFFU >> (want + 1));
    for (size_t i = 1; i < *length; ++i)
      code = (code << 6) | (static_cast<unsigned char>(text_[at_ + i]) & 0x3FU);
    return code;
  }

  // Length of the white space at at_, 0 if there is none.
  size_t WhiteSpace() const {
    const char c = text_[at_];
    if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (static_cast<unsigned char>(c) < 0x80) return 0;
    size_t length = 0;
    const char32_t code = CodePoint(&length);
    const bool is_space = code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
                          code == 0x2028 || code == 0x202F || code == 0x205F || code == 0x3000;
    return is_space ? length : 0;
  }

  // Letters beyond ASCII. Without the Unicode tables: what is in none of the blocks of signs.
  size_t ForeignLetter() const {
    if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x80) return 0;
    size_t length = 0;
    const char32_t code = CodePoint(&length);
    const bool is_sign = code < 0xAA || code == 0xAB || code == 0xAC ||
                         (code > 0xAC && code < 0xC0 && code != 0xB5 && code != 0xBA) || code == 0xD7 ||
                         code == 0xF7 || (code >= 0x2000 && code < 0x2C00) ||
                         (code >= 0x3000 && code < 0x3005) || (code >= 0xFF00 && code < 0xFF21) ||
                         (code >= 0xE000 && code < 0xF900) || (code >= 0x1F000 && code < 0x20000);
    return is_sign ? 0 : length;
  }

  void SkipHidden() {
    while (at_ < text_.size()) {
      const size_t begin = at_;
      if (const size_t space = WhiteSpace(); space > 0) {
        at_ += space;
      } else if (StartsWith("--")) {
        SkipLineComment();
      } else if (StartsWith("/*") && Peek(2) != '+') {
        SkipBracketedComment();
      } else {
        return;
      }
      Count(begin, at_);
    }
  }

  // A backslash at the end of the line takes the next line into the comment.
  void SkipLineComment() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
      at_ += StartsWith("\\\n") ? 2 : 1;
    }
  }

  // Comments nest.
  void SkipBracketedComment() {
    int depth = 0;
    while (at_ < text_.size()) {
      if (StartsWith("/*") && !(depth > 0 && Peek(2) == '+')) {
        ++depth;
        at_ += 2;
      } else if (StartsWith("*/")) {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
    throw ErrorIn(text_, "UNCLOSED_BRACKETED_COMMENT", {});
  }

  TokenKind Next() {
    const char c = Peek();
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) {
      if (Quoted(at_ + 1, /*raw=*/true)) return Kind(text_[begin_quote_]);
    }
    if (c == '\'' || c == '"') {
      if (Quoted(at_, /*raw=*/false)) return Kind(c);
      ++at_;
      return TokenKind::kUnrecognized;
    }
    if (c == '`') return BackQuoted();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      if (const TokenKind kind = Number(); kind != TokenKind::kEnd) return kind;
    }
    if (IsWordByte(c) || ForeignLetter() > 0) return Word();
    for (const std::string_view hint : {"/*+", "*/"}) {
      if (StartsWith(hint)) {
        at_ += hint.size();
        return TokenKind::kSymbol;
      }
    }
    for (const std::string_view symbol : kSymbols) {
      if (StartsWith(symbol)) {
        at_ += symbol.size();
        return TokenKind::kSymbol;
      }
    }
    size_t length = 0;
    CodePoint(&length);
    at_ += length;
    return TokenKind::kUnrecognized;
  }

  static TokenKind Kind(char quote) { return quote == '\'' ? TokenKind::kString : TokenKind::kDoubleQuoted; }

  // Moves behind the literal whose quote stands at `open`; false, without moving, when it is not closed.
  // A quote inside is doubled or, unless the literal is raw, follows a backslash.
  bool Quoted(size_t open, bool raw) {
    const char quote = text_[open];
    size_t i = open + 1;
    while (i < text_.size()) {
      if (text_[i] == '\\' && !raw) {
        i += 2;
      } else if (text_[i] != quote) {
        ++i;
      } else if (!raw && i + 1 < text_.size() && text_[i + 1] == quote) {
        i += 2;
      } else {
        begin_quote_ = open;
        at_ = i + 1;
        return true;
      }
    }
    return false;
  }

  TokenKind BackQuoted() {
    size_t i = at_ + 1;
    while (i < text_.size()) {
      if (text_[i] != '`') {
        ++i;
      } else if (i + 1 < text_.size() && text_[i + 1] == '`') {
        i += 2;
      } else {
        at_ = i + 1;
        return TokenKind::kBackQuoted;
      }
    }
    ++at_;
    return TokenKind::kUnrecognized;
  }

  size_t Digits(size_t i) const {
    while (i < text_.size() && IsDigit(text_[i])) ++i;
    return i;
  }

  // The end of the exponent at i, or i.
  size_t Exponent(size_t i) const {
    if (i >= text_.size() || (text_[i] != 'e' && text_[i] != 'E')) return i;
    size_t digits = i + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    const size_t end = Digits(digits);
    return end > digits ? end : i;
  }

  bool WordContinues(size_t i) const { return i < text_.size() && IsWordByte(text_[i]); }

  // kEnd when the digits begin a word (1a) or are only a part of a path (.1b).
  TokenKind Number() {
    const size_t whole = Digits(at_);
    size_t mantissa = whole;
    bool has_point = false;
    if (mantissa < text_.size() && text_[mantissa] == '.') {
      has_point = true;
      mantissa = Digits(mantissa + 1);
    }
    if (const TokenKind kind = NumberEnding(mantissa, has_point); kind != TokenKind::kEnd) return kind;
    // "1.a" is the number 1, a point and a name.
    if (has_point && whole > at_) return NumberEnding(whole, false);
    return TokenKind::kEnd;
  }

  TokenKind NumberEnding(size_t mantissa, bool has_point) {
    const size_t end = Exponent(mantissa);
    if (!WordContinues(end)) {
      at_ = end;
      return end > mantissa ? TokenKind::kExponent : has_point ? TokenKind::kDecimal : TokenKind::kInteger;
    }
    const bool is_plain = !has_point && end == mantissa;
    for (const std::string_view suffix : {"BD", "D", "F", "L", "S", "Y"}) {
      const bool is_integral = suffix == "L" || suffix == "S" || suffix == "Y";
      if (is_integral && !is_plain) continue;
      if (!HasSuffix(end, suffix)) continue;
      at_ = end + suffix.size();
      return TokenKind::kSuffixed;
    }
    return TokenKind::kEnd;
  }

  bool HasSuffix(size_t i, std::string_view suffix) const {
    for (const char c : suffix) {
      if (i >= text_.size() || (text_[i] & ~0x20) != c) return false;
      ++i;
    }
    return !WordContinues(i);
  }

  TokenKind Word() {
    bool only_letters = true;
    while (at_ < text_.size()) {
      if (IsWordByte(text_[at_])) {
        only_letters = only_letters && IsLetter(text_[at_]);
        ++at_;
      } else if (const size_t letter = ForeignLetter(); letter > 0) {
        at_ += letter;
      } else {
        break;
      }
    }
    if (only_letters && StartsWith("://")) TakeUri();
    return TokenKind::kWord;
  }

  // s3://bucket/key is one word.
  void TakeUri() {
    constexpr std::string_view kSigns = "_/-.?=&#%";
    size_t i = at_ + 3;
    while (i < text_.size() &&
           (IsLetter(text_[i]) || IsDigit(text_[i]) || kSigns.find(text_[i]) != kSigns.npos))
      ++i;
    if (i > at_ + 3) at_ = i;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_quote_ = 0;
  uint32_t code_point_ = 0;
  uint32_t line_ = 1;
  uint32_t position_ = 0;
};

}  // namespace

Keyword FindKeyword(std::string_view word) {
  if (word.size() > kLongestKeyword) return Keyword::kNone;
  std::array<char, kLongestKeyword> upper{};
  std::transform(word.begin(), word.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const std::string_view text(upper.data(), word.size());
  if (text == "REGEXP") return Keyword::kRlike;
  if (text == "TEMP") return Keyword::kTemporary;
  const auto* found =
      std::lower_bound(std::begin(kKeywords), std::end(kKeywords), text,
                       [](const KeywordEntry& e, std::string_view key) { return e.text < key; });
  return found != std::end(kKeywords) && found->text == text ? found->keyword : Keyword::kNone;
}

uint32_t Token::stop() const {
  const auto length = std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); });
  return start + static_cast<uint32_t>(length) - 1;
}

std::vector<Token> Lex(std::string_view text) { return Lexer(text).Run(); }

}  // namespace hearth::spark
