// Upper and lower case as java.lang.String does it (locale-independent, full mappings). Valid UTF-8 in and
// out.
#pragma once

#include <string>
#include <string_view>

namespace hearth::engine {

std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);
// Lower case, with the first character of each word (between spaces) in upper case.
std::string ToInitCap(std::string_view text);

}  // namespace hearth::engine
