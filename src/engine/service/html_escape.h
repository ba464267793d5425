// Text inside HTML.
#pragma once

#include <string>
#include <string_view>

namespace hearth::engine {

// As Java's StringEscapeUtils.escapeHtml4: every character that HTML 4 has a name for becomes that entity.
std::string EscapeHtml(std::string_view text);

}  // namespace hearth::engine
