// The contents of quoted tokens. Pure, thread safe.
#pragma once

#include <string>
#include <string_view>

namespace hearth::spark {

// The value of a string token with its quotes: 'it''s', "a\n", r'raw'. \% and \_ keep their backslash for
// LIKE.
std::string UnquoteString(std::string_view token);

// The name inside a back-quoted or double-quoted identifier.
std::string UnquoteIdentifier(std::string_view token);

}  // namespace hearth::spark
