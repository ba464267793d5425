// Patterns of SHOW and of the catalog's calls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::engine {

// Spark's patterns of names: '*' is any text, '|' separates alternatives, case does not matter, and all else
// is a regular expression, of which only words and spaces are read.
class NamePattern {
 public:
  // Declines what is more of a regular expression.
  explicit NamePattern(std::string_view text);

  bool Matches(std::string_view name) const;

 private:
  std::vector<std::string> alternatives_;
};

}  // namespace hearth::engine
