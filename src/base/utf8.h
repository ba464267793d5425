#pragma once

#include <string>
#include <string_view>

namespace hearth::base {

/// Whether the bytes are UTF-8 as Unicode defines it: shortest forms only, no surrogates, up to U+10FFFF.
bool IsUtf8(std::string_view text);

/// The text with every byte that belongs to no character replaced by U+FFFD. What is echoed to a client must
/// be UTF-8, whatever the client sent: protobuf and gRPC's status messages refuse anything else.
std::string ToUtf8(std::string_view text);

}  // namespace hearth::base
