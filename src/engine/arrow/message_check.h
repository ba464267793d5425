// A first look at an Arrow IPC stream, before anything is decoded: nanoarrow trusts sizes and counts that a
// sender can make up.
#pragma once

#include <cstdint>
#include <string_view>

namespace hearth::engine {

// Walks over the messages of one or more streams and checks that each lies within the bytes, is a sound
// flatbuffer with the parts that its kind needs, has as many nodes and buffers as its schema says, and counts
// no more rows than 32 bits hold (nanoarrow's size arithmetic overflows far beyond that). Throws spark::Error
// CONNECT_INVALID_PLAN.CANNOT_PARSE, or a decline for sound streams that are not read here.
//
// What compressed buffers unfold to is limited for all blocks of a client's rows together: `unfolded_bytes`
// is what the blocks before this one came to, and this one's are added for the result.
int64_t CheckMessages(std::string_view bytes, int64_t unfolded_bytes = 0);

// Throws what CheckMessages throws for a malformed stream.
[[noreturn]] void ThrowMalformedStream(std::string_view why);

}  // namespace hearth::engine
