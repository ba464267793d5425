// Lengths and widths of UTF-8 text as Spark counts them: Java's chars, which are UTF-16 units.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::engine {

// Columns on a terminal: one for each UTF-16 unit, two for a full-width one (Spark's Utils.stringHalfWidth).
size_t HalfWidth(std::string_view text);

// String.length().
size_t Utf16Length(std::string_view text);

// String.substring(0, units); half of a surrogate pair becomes "?", as when Java encodes it.
std::string Utf16Prefix(std::string_view text, size_t units);

}  // namespace hearth::engine
