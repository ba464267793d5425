#include "engine/service/name_pattern.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/service/view_catalog.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

bool MatchesOne(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return MatchesOne(pattern.substr(1), name) || (!name.empty() && MatchesOne(pattern, name.substr(1)));
  }
  return !name.empty() && SameName(pattern.substr(0, 1), name.substr(0, 1)) &&
         MatchesOne(pattern.substr(1), name.substr(1));
}

}  // namespace

NamePattern::NamePattern(std::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size()));
  for (const absl::string_view part : absl::StrSplit(stripped, '|')) {
    alternatives_.emplace_back(part.data(), part.size());
    for (const absl::string_view word : absl::StrSplit(part, absl::ByAnyChar("* "))) {
      if (!IsWord({word.data(), word.size()}))
        throw spark::Error::Decline("patterns with regular expressions");
    }
  }
}

bool NamePattern::Matches(std::string_view name) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const std::string& pattern) { return MatchesOne(pattern, name); });
}

}  // namespace hearth::engine
