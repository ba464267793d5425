// Amounts in the words of sources: for people, rounded.
#pragma once

#include <string>

namespace hearth::placement {

/// "3.2 GiB", "17 B".
std::string BytesText(double bytes);
/// "24.0 M", "1,500" is "1.5 k", "10".
std::string CountText(double count);

}  // namespace hearth::placement
