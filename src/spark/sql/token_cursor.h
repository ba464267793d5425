// Where a parse stands in its tokens: looking ahead, taking tokens, and naming pieces of the text as origins.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spark/origin.h"
#include "spark/sql/parser.h"
#include "spark/sql/token.h"

namespace hearth::spark {

class TokenCursor {
 public:
  // Lexes a copy of `text`, which lives as long as the origins made here. Throws as Lex does.
  TokenCursor(std::string_view text, const ParserOptions& options);
  TokenCursor(const TokenCursor&) = delete;
  TokenCursor& operator=(const TokenCursor&) = delete;

  const ParserOptions& options() const { return options_; }
  const std::string& text() const { return *text_; }

  // A position is the index of a token; the end token stands behind all others.
  size_t position() const { return at_; }
  void Rewind(size_t position) { at_ = position; }
  const Token& Peek(size_t ahead = 0) const;
  const Token& At(size_t position) const { return tokens_[position]; }
  size_t end() const { return tokens_.size() - 1; }
  const Token& Take();

  bool Is(Keyword keyword, size_t ahead = 0) const { return Peek(ahead).keyword == keyword; }
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool IsAny(std::initializer_list<Keyword> keywords, size_t ahead = 0) const;
  bool IsEnd(size_t ahead = 0) const { return Peek(ahead).kind == TokenKind::kEnd; }
  // A word, keyword or quoted identifier.
  bool IsIdentifier(size_t ahead = 0) const;
  bool IsString(size_t ahead = 0) const;
  // The text of a word in capitals; empty when it is no word.
  std::string Word(size_t ahead = 0) const;

  // Takes the keywords if all of them come next, in this order.
  template <typename... Keywords>
  bool Accept(Keywords... keywords) {
    size_t ahead = 0;
    if (!(Is(keywords, ahead++) && ...)) return false;
    at_ += sizeof...(keywords);
    return true;
  }
  bool AcceptSymbol(std::string_view symbol);
  void Expect(Keyword keyword);
  void ExpectSymbol(std::string_view symbol);

  // Takes one '>', also from the front of '>>' or '>=', as nested types are closed.
  bool AcceptClosingAngle();

  // The position of the parenthesis that closes the one at `open`; end() when none does.
  size_t MatchingParenthesis(size_t open) const { return closing_[open]; }

  // PARSE_SYNTAX_ERROR at the next token.
  [[noreturn]] void Fail(std::string hint = "") const;
  // The same with ANTLR's hint for a list or text that may only go on with `next` or end.
  [[noreturn]] void FailInList(bool after_comma, std::string_view close) const;

  // The piece from the token at `first` up to the last one taken, or up to the token before `stop`.
  OriginPtr OriginFrom(size_t first) const { return OriginOf(first, at_); }
  OriginPtr OriginOf(size_t first, size_t stop) const;
  // The text of that piece as it was written.
  std::string TextFrom(size_t first) const { return TextOf(first, at_); }
  std::string TextOf(size_t first, size_t stop) const;

 private:
  void MatchParentheses();

  std::shared_ptr<const std::string> text_;
  const ParserOptions& options_;
  std::vector<Token> tokens_;
  std::vector<uint32_t> closing_;
  size_t at_ = 0;
};

}  // namespace hearth::spark
