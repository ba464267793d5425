// Patterns of paths as Hadoop knows them: *, ?, [a-c], [^a], {x,y}.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::placement {

/// Alternatives of one pattern; one that has more is not looked for.
inline constexpr size_t kAlternativesMax = 1'000;

bool HasPattern(std::string_view path);

/// {x,y} written out: one pattern for each alternative. Nothing if there are too many, or braces do not
/// match.
std::optional<std::vector<std::string>> Alternatives(const std::string& pattern);

/// One name and one part of a pattern, without braces. Takes the product of their lengths at most.
bool Matches(std::string_view pattern, std::string_view name);

}  // namespace hearth::placement
