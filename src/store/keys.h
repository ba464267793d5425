#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth::store {

/// The least key that is greater than every key with this prefix; nullopt if there is none, as for the empty
/// prefix. The keys with a prefix are those in [prefix, PrefixEnd(prefix)).
std::optional<std::string> PrefixEnd(std::string_view prefix);

/// A key as messages show it: in quotes, on one line, what is not printable in hexadecimal, long ones cut.
std::string QuotedKey(std::string_view key);

}  // namespace hearth::store
