// Settings that would change an answer in a way that the native engine does not follow.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hearth::engine {

// Declines if one of the `overrides` (what the session has set) could change what a query means, and the
// value is not Spark's default. Settings of performance, of the client and of what the engine honours pass,
// and names that Spark does not know: a misspelt setting changes nothing there either.
void DeclineUnfollowedSettings(const std::map<std::string, std::string>& overrides);

}  // namespace hearth::engine
