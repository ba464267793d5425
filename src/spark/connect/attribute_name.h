// Column names as DataFrame calls write them: a.b, `a.b`, a.`b``c`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::spark {

// The parts of a name, quotes removed. Not the SQL grammar: anything but dots and back-ticks is part of a
// name. Throws INVALID_ATTRIBUTE_NAME_SYNTAX as Spark's UnresolvedAttribute.parseAttributeName.
std::vector<std::string> ParseAttributeName(std::string_view name);

}  // namespace hearth::spark
