// Where `hearth serve` tells its state and `hearth status` asks for it.
#pragma once

namespace hearth::apps {

// A unary gRPC method whose answer is JSON; the request is empty.
inline constexpr char kStatusMethod[] = "/hearth.Hearth/Status";

// A file in the data directory with the address of the server that uses it.
inline constexpr char kAddressFile[] = "address";
// Another with the address of its unix socket, which asks for no token.
inline constexpr char kSocketFile[] = "socket";

}  // namespace hearth::apps
