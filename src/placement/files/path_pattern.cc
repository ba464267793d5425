#include "placement/files/path_pattern.h"

#include <utility>

namespace hearth::placement {

namespace {

/// Reads the set that `pattern` begins with, [a-c], and tells whether `c` is in it. 0: it is no set.
size_t TakeSet(std::string_view pattern, char c, bool* is_in) {
  size_t at = 1;
  const bool is_negated = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
  if (is_negated) ++at;
  bool found = false;
  for (const size_t first = at; at < pattern.size() && (pattern[at] != ']' || at == first); ++at) {
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = pattern[at + 2];
      at += 2;
    }
    found |= low <= c && c <= high;
  }
  if (at >= pattern.size()) return 0;
  *is_in = found != is_negated;
  return at + 1;
}

/// Where the brace that opens at `open` closes, with its alternatives.
std::optional<size_t> TakeBraces(const std::string& pattern, size_t open,
                                 std::vector<std::string>* alternatives) {
  size_t depth = 0;
  alternatives->assign(1, "");
  for (size_t at = open; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '}' && --depth == 0) return at;
    if (c == ',' && depth == 1) {
      alternatives->emplace_back();
    } else if (at > open) {
      alternatives->back() += c;
    }
    if (c == '{') ++depth;
  }
  return std::nullopt;
}

}  // namespace

bool HasPattern(std::string_view path) { return path.find_first_of("*?[{") != path.npos; }

std::optional<std::vector<std::string>> Alternatives(const std::string& pattern) {
  std::vector<std::string> waiting = {pattern};
  std::vector<std::string> done;
  while (!waiting.empty()) {
    const std::string next = std::move(waiting.back());
    waiting.pop_back();
    const size_t open = next.find('{');
    if (open == next.npos) {
      done.push_back(next);
    } else {
      std::vector<std::string> alternatives;
      const auto close = TakeBraces(next, open, &alternatives);
      if (!close) return std::nullopt;
      for (const std::string& one : alternatives)
        waiting.push_back(next.substr(0, open) + one + next.substr(*close + 1));
    }
    if (waiting.size() + done.size() > kAlternativesMax) return std::nullopt;
  }
  return done;
}

bool Matches(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  // Only the latest star may have to take more: what the ones before it took need never change.
  size_t star = pattern.npos;
  size_t taken = 0;
  while (n < name.size()) {
    bool is_in = false;
    size_t step = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '[') step = TakeSet(pattern.substr(p), name[n], &is_in);
      if (step == 0) {
        step = 1;
        is_in = pattern[p] == '?' || pattern[p] == name[n];
      }
    }
    if (is_in) {
      p += step;
      ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace hearth::placement
