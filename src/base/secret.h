#pragma once

#include <string>

namespace hearth::base {

/// 256 bits that nobody can guess, in hexadecimal. Thread-safe.
std::string NewSecret();

}  // namespace hearth::base
