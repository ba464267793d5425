// What `hearth serve` answers to whoever runs it, beside Spark Connect: unary gRPC methods.
#pragma once

namespace hearth::apps {

// The answer is JSON (Gateway::StatusJson); the request is empty.
inline constexpr char kStatusMethod[] = "/hearth.Hearth/Status";
// The request is the id of an operation; the answer is "cancelled", or "" if none of that id runs.
inline constexpr char kCancelMethod[] = "/hearth.Hearth/Cancel";

// A file in the data directory with the address of the server that uses it.
inline constexpr char kAddressFile[] = "address";
// Another with the address of its unix socket, which asks for no token.
inline constexpr char kSocketFile[] = "socket";
// And one with a line of JSON for each operation that is over.
inline constexpr char kOperationsLogFile[] = "operations.jsonl";

}  // namespace hearth::apps
