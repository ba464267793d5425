#include "spark/sql/token_cursor.h"

#include <algorithm>
#include <utility>

#include "spark/sql/lexer.h"
#include "spark/sql/parse_error.h"

namespace hearth::spark {

TokenCursor::TokenCursor(std::string_view text, const ParserOptions& options)
    : text_(std::make_shared<const std::string>(text)), options_(options), tokens_(Lex(*text_)) {
  MatchParentheses();
}

void TokenCursor::MatchParentheses() {
  closing_.assign(tokens_.size(), static_cast<uint32_t>(end()));
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind != TokenKind::kSymbol) continue;
    if (tokens_[i].text == "(") open.push_back(i);
    if (tokens_[i].text == ")" && !open.empty()) {
      closing_[open.back()] = i;
      open.pop_back();
    }
  }
}

const Token& TokenCursor::Peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, end())]; }

const Token& TokenCursor::Take() {
  const Token& token = tokens_[at_];
  if (at_ < end()) ++at_;
  return token;
}

bool TokenCursor::IsSymbol(std::string_view symbol, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenCursor::IsAny(std::initializer_list<Keyword> keywords, size_t ahead) const {
  const Keyword keyword = Peek(ahead).keyword;
  return keyword != Keyword::kNone && std::find(keywords.begin(), keywords.end(), keyword) != keywords.end();
}

bool TokenCursor::IsIdentifier(size_t ahead) const {
  const TokenKind kind = Peek(ahead).kind;
  return kind == TokenKind::kWord || kind == TokenKind::kBackQuoted ||
         (kind == TokenKind::kDoubleQuoted && options_.double_quoted_identifiers);
}

bool TokenCursor::IsString(size_t ahead) const {
  const TokenKind kind = Peek(ahead).kind;
  return kind == TokenKind::kString ||
         (kind == TokenKind::kDoubleQuoted && !options_.double_quoted_identifiers);
}

std::string TokenCursor::Word(size_t ahead) const {
  if (Peek(ahead).kind != TokenKind::kWord) return "";
  std::string word(Peek(ahead).text);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return word;
}

bool TokenCursor::AcceptSymbol(std::string_view symbol) {
  if (!IsSymbol(symbol)) return false;
  ++at_;
  return true;
}

void TokenCursor::Expect(Keyword keyword) {
  if (!Accept(keyword)) Fail();
}

void TokenCursor::ExpectSymbol(std::string_view symbol) {
  if (!AcceptSymbol(symbol)) Fail();
}

bool TokenCursor::AcceptClosingAngle() {
  Token& token = tokens_[at_];
  if (token.kind != TokenKind::kSymbol || !token.text.starts_with('>')) return false;
  if (token.text.size() == 1) {
    ++at_;
    return true;
  }
  token.text.remove_prefix(1);
  ++token.start;
  ++token.position;
  return true;
}

void TokenCursor::Fail(std::string hint) const { throw SyntaxError(Peek(), *text_, std::move(hint)); }

void TokenCursor::FailInList(bool after_comma, std::string_view close) const {
  // ANTLR calls a token extra when the list goes on behind it, and always inside the loop over the commas.
  const bool goes_on = close.empty() ? IsEnd(1) || IsSymbol(";", 1) : IsSymbol(close, 1) || IsSymbol(",", 1);
  if (!after_comma && !goes_on) Fail();
  Fail(": extra input " + (IsEnd() ? "end of input" : "'" + std::string(Peek().text) + "'"));
}

OriginPtr TokenCursor::OriginOf(size_t first, size_t stop) const {
  Origin origin;
  origin.sql_text = text_;
  origin.object_type = options_.object_type;
  origin.object_name = options_.object_name;
  origin.start = static_cast<int>(tokens_[first].start);
  origin.stop = stop > first ? static_cast<int>(tokens_[stop - 1].stop()) : origin.start - 1;
  origin.line = static_cast<int>(tokens_[first].line);
  origin.position = static_cast<int>(tokens_[first].position);
  return std::make_shared<const Origin>(std::move(origin));
}

std::string TokenCursor::TextOf(size_t first, size_t stop) const {
  if (stop <= first) return "";
  const std::string_view last = tokens_[stop - 1].text;
  const char* begin = tokens_[first].text.data();
  return std::string(begin, static_cast<size_t>(last.data() + last.size() - begin));
}

}  // namespace hearth::spark
