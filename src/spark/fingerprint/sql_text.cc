#include "spark/fingerprint/sql_text.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace hearth::spark {

namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

/// Walks over SQL text and names what stands there.
class Glance {
 public:
  explicit Glance(std::string_view text) : text_(text) {}

  enum class Kind { kEnd, kWord, kLiteral, kQuotedIdentifier, kOther };
  Kind Next(std::string_view* what) {
    SkipSpace();
    const size_t begin = at_;
    if (at_ == text_.size()) return Kind::kEnd;
    const char c = text_[at_];
    Kind kind = Kind::kOther;
    if (c == '\'' || c == '"') {
      SkipQuoted(c, /*backslash_escapes=*/true);
      kind = Kind::kLiteral;
    } else if (c == '`') {
      SkipQuoted(c, /*backslash_escapes=*/false);
      kind = Kind::kQuotedIdentifier;
    } else if (std::isdigit(static_cast<unsigned char>(c)) ||
               (c == '.' && IsDigitAt(at_ + 1) && !AfterWord())) {
      while (at_ < text_.size() && (IsWordCharacter(text_[at_]) || text_[at_] == '.')) ++at_;
      kind = Kind::kLiteral;
    } else if (IsWordCharacter(c)) {
      while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
      kind = Kind::kWord;
    } else {
      ++at_;
    }
    *what = text_.substr(begin, at_ - begin);
    return kind;
  }

 private:
  bool IsDigitAt(size_t at) const {
    return at < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at]));
  }
  bool AfterWord() const { return at_ > 0 && IsWordCharacter(text_[at_ - 1]); }

  void SkipSpace() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      } else if (text_.substr(at_, 2) == "--") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  void SkipQuoted(char quote, bool backslash_escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (backslash_escapes && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return;
      }
    }
    at_ = text_.size();
  }

  const std::string_view text_;
  size_t at_ = 0;
};

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view candidate : words) {
    if (word == candidate) return true;
  }
  return false;
}

/// CREATE [OR REPLACE] [GLOBAL] TEMP[ORARY] ... and DROP TEMP[ORARY] ... and the same of VARIABLE change the
/// session.
SqlEffect EffectOfDefinition(const std::vector<std::string>& words) {
  for (size_t i = 1; i < words.size() && i < 6; ++i) {
    if (IsOneOf(words[i], {"TEMP", "TEMPORARY", "VARIABLE", "VAR"})) return SqlEffect::kSession;
    if (!IsOneOf(words[i], {"OR", "REPLACE", "GLOBAL"})) break;
  }
  return SqlEffect::kExternal;
}

}  // namespace

SqlEffect EffectOfSql(std::string_view text) {
  std::vector<std::string> words;
  bool inserts = false;
  Glance glance(text);
  std::string_view what;
  for (Glance::Kind kind; (kind = glance.Next(&what)) != Glance::Kind::kEnd;) {
    if (kind == Glance::Kind::kOther && words.empty()) continue;  // An opening parenthesis.
    std::string word = kind == Glance::Kind::kWord ? Upper(what) : std::string();
    // WITH ... INSERT and FROM ... INSERT begin like queries.
    inserts = inserts || IsOneOf(word, {"INSERT", "MERGE", "UPDATE", "DELETE"});
    words.push_back(std::move(word));
  }
  if (words.empty()) return SqlEffect::kNone;
  const std::string& first = words.front();
  if (IsOneOf(first, {"SELECT", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN"}))
    return SqlEffect::kNone;
  if (IsOneOf(first, {"WITH", "FROM", "MAP", "REDUCE"}))
    return inserts ? SqlEffect::kExternal : SqlEffect::kNone;
  if (IsOneOf(first, {"SET", "RESET"})) {
    const bool variable = words.size() > 1 && IsOneOf(words[1], {"VAR", "VARIABLE"});
    return variable ? SqlEffect::kSession : SqlEffect::kConfiguration;
  }
  if (IsOneOf(first, {"USE", "CACHE", "UNCACHE", "CLEAR", "DECLARE", "REFRESH", "ADD"}))
    return SqlEffect::kSession;
  if (IsOneOf(first, {"CREATE", "DROP", "ALTER"})) return EffectOfDefinition(words);
  return SqlEffect::kExternal;
}

}  // namespace hearth::spark
