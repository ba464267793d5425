// Names, and where a word is a keyword rather than a name.
#include <algorithm>

#include "spark/sql/grammar.h"
#include "spark/sql/parse_error.h"
#include "spark/sql/string_text.h"

namespace hearth::spark {

using enum Keyword;

Grammar::Level::Level(Grammar* grammar) : grammar_(grammar) {
  if (++grammar_->depth_ <= ParserOptions::kMaxDepth) return;
  --grammar_->depth_;
  throw ErrorOver(nullptr, "FAILED_TO_PARSE_TOO_COMPLEX", {});
}

std::string Grammar::Identifier() {
  if (!in_.IsIdentifier()) in_.Fail();
  const Token& token = in_.Take();
  if (token.kind != TokenKind::kWord) return UnquoteIdentifier(token.text);
  std::string name(token.text);
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_plain) throw ErrorAt(token, in_.text(), "INVALID_IDENTIFIER", {{"ident", name}});
  return name;
}

// a-b is reported as the name that it was meant to be, not as a syntax error.
std::string Grammar::ErrorCapturingIdentifier() {
  std::string name = Identifier();
  const size_t dash = in_.position();
  if (!in_.IsSymbol("-") || !in_.IsIdentifier(1)) return name;
  while (in_.IsSymbol("-") && in_.IsIdentifier(1)) {
    in_.Take();
    name += "-" + Identifier();
  }
  throw ErrorAt(in_.At(dash), in_.text(), "INVALID_IDENTIFIER", {{"ident", name}});
}

// The words that cannot be the alias of a table, as they join tables.
bool Grammar::IsStrictIdentifier() const {
  return in_.IsIdentifier() && !in_.IsAny({kAnti, kCross, kExcept, kFull, kInner, kIntersect, kJoin, kLateral,
                                           kLeft, kNatural, kOn, kRight, kSemi, kMinus, kUnion, kUsing});
}

std::string Grammar::StrictIdentifier() {
  if (!IsStrictIdentifier()) in_.Fail();
  return Identifier();
}

std::vector<std::string> Grammar::MultipartIdentifier() {
  std::vector<std::string> parts = {ErrorCapturingIdentifier()};
  while (in_.IsSymbol(".") && in_.IsIdentifier(1)) {
    in_.Take();
    parts.push_back(ErrorCapturingIdentifier());
  }
  return parts;
}

std::vector<std::string> Grammar::IdentifierList() {
  in_.ExpectSymbol("(");
  std::vector<std::string> names = CommaList([this] { return ErrorCapturingIdentifier(); });
  if (!in_.IsSymbol(")")) in_.FailInList(names.size() > 1, ")");
  in_.ExpectSymbol(")");
  return names;
}

// A name, or IDENTIFIER('a.b'). Other expressions than a string literal need the session to evaluate them.
std::vector<std::string> Grammar::IdentifierReference() {
  if (!in_.Is(kIdentifier) || !in_.IsSymbol("(", 1)) return MultipartIdentifier();
  const size_t first = in_.position();
  in_.Take();
  in_.Take();
  if (!in_.IsString() || !in_.IsSymbol(")", 1)) {
    throw Error::Decline("IDENTIFIER of an expression", in_.OriginFrom(first));
  }
  const std::string name = UnquoteString(in_.Take().text);
  in_.ExpectSymbol(")");
  return ParseIdentifier(name, in_.options());
}

std::string Grammar::StringLiteral() {
  if (!in_.IsString()) in_.Fail();
  return UnquoteString(in_.Take().text);
}

// Whether the word here begins what follows a select item or a table, rather than naming it.
bool Grammar::StartsClause(size_t ahead) const {
  const auto ends = [this](size_t at) {
    return in_.IsEnd(at) || in_.IsSymbol(")", at) || in_.IsSymbol(",", at) || in_.IsSymbol(";", at);
  };
  const size_t next = ahead + 1;
  switch (in_.Peek(ahead).keyword) {
    case kFrom: return in_.IsIdentifier(next) || in_.IsSymbol("(", next);
    case kWhere:
    case kHaving:
    case kQualify:
      // `t WHERE GROUP BY x`: the table is called WHERE.
      return !ends(next) &&
             !(in_.IsAny({kGroup, kOrder, kSort, kCluster, kDistribute}, next) && in_.Is(kBy, next + 1));
    case kLimit:
    case kOffset:
    case kSelect: return !ends(next);
    case kGroup:
    case kOrder:
    case kSort:
    case kCluster:
    case kDistribute: return in_.Is(kBy, next) && !ends(next + 1);
    case kWindow: return in_.IsIdentifier(next) && in_.Is(kAs, next + 1);
    case kLateral: return in_.Is(kView, next);
    case kInsert: return in_.Word(next) == "INTO" || in_.Word(next) == "OVERWRITE";
    case kUnion:
    case kExcept:
    case kMinus:
    case kIntersect:
      return in_.IsAny({kSelect, kValues, kTable, kFrom, kAll, kDistinct, kMap, kReduce}, next) ||
             in_.IsSymbol("(", next);
    case kPivot:
    case kTablesample: return in_.IsSymbol("(", next);
    case kUnpivot: return in_.IsSymbol("(", next) || in_.IsAny({kInclude, kExclude}, next);
    case kFor: return in_.IsAny({kSystemVersion, kVersion, kSystemTime, kTimestamp}, next);
    case kVersion:
    case kSystemVersion:
    case kSystemTime:
    case kTimestamp: return in_.Is(kAs, next) && in_.Is(kOf, next + 1);
    default: return false;
  }
}

// Whether a query begins at `position`: the keyword, and behind it something that makes it no name.
bool Grammar::StartsQuery(size_t position) const {
  if (position >= in_.end()) return false;
  const Token& next = in_.At(position + 1);
  const bool next_is_operator =
      next.kind == TokenKind::kEnd ||
      (next.kind == TokenKind::kSymbol && next.text != "(" && next.text != "*" && next.text != "-" &&
       next.text != "+" && next.text != "/*+" && next.text != "?" && next.text != ":" && next.text != "~" &&
       next.text != "!");
  switch (in_.At(position).keyword) {
    case kSelect:
    case kValues: return !next_is_operator;
    case kWith:
    case kTable:
      return next.kind == TokenKind::kWord || next.kind == TokenKind::kBackQuoted ||
             next.kind == TokenKind::kDoubleQuoted;
    case kFrom: return !next_is_operator || next.text == "(";
    default: return false;
  }
}

// What may stand behind a query in parentheses that is itself the beginning of a query.
bool Grammar::ContinuesQuery(size_t position) const {
  const Token& token = in_.At(position);
  if (token.kind == TokenKind::kSymbol) return token.text == ")" || token.text == "|>";
  switch (token.keyword) {
    case kUnion:
    case kExcept:
    case kMinus:
    case kIntersect:
    case kOrder:
    case kSort:
    case kCluster:
    case kDistribute:
    case kLimit:
    case kOffset:
    case kWindow: return true;
    default: return false;
  }
}

// Whether the parenthesis at `open` holds a query. `((SELECT 1) + 2)` does not, `((SELECT 1) LIMIT 2)` does.
bool Grammar::IsQueryInParentheses(size_t open) {
  // From the outside in, as long as parentheses open, then back out over what follows each.
  size_t innermost = open;
  while (in_.At(innermost + 1).kind == TokenKind::kSymbol && in_.At(innermost + 1).text == "(") ++innermost;
  if (!StartsQuery(innermost + 1)) return false;
  for (size_t i = innermost; i > open; --i) {
    const size_t close = in_.MatchingParenthesis(i);
    if (close == in_.end()) return true;  // a syntax error either way
    if (!ContinuesQuery(close + 1)) return false;
  }
  return true;
}

// Whether it can hold nothing else: `(SELECT 1)` is also an expression in `((SELECT 1))`.
bool Grammar::MustBeQueryInParentheses(size_t open) {
  if (!IsQueryInParentheses(open)) return false;
  if (StartsQuery(open + 1)) return true;
  const size_t close = in_.MatchingParenthesis(open + 1);
  return close != in_.end() &&
         !(in_.At(close + 1).kind == TokenKind::kSymbol && in_.At(close + 1).text == ")");
}

}  // namespace hearth::spark
