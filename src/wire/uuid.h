#pragma once

#include <string>
#include <string_view>

namespace hearth::wire {

/// A random (version 4) UUID in lower case. Unique, but no secret. Thread-safe.
std::string NewUuid();

/// True if Java's UUID.fromString takes it: five hexadecimal groups joined by '-', which may be shorter than
/// in the canonical form.
bool IsUuid(std::string_view text);

}  // namespace hearth::wire
