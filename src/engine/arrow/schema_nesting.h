// A bound on the work that a schema message asks for, found before anything verifies it.
#pragma once

#include <string_view>

namespace hearth::engine {

// flatcc's verifier and nanoarrow walk a schema's fields as a tree. But offsets may lead to one place many
// times, so a kilobyte can be a tree of 2^40 fields. Looks at the fields of an unverified Message flatbuffer,
// at no more of them than its bytes could hold, and throws what ThrowMalformedStream does if there are more,
// or if they are nested deeper than kFieldDepthMax. Promises nothing else; what leads outside is passed over.
void CheckSchemaNesting(std::string_view flatbuffer);

// flatcc's verifier spends two of its 100 levels on one of these.
inline constexpr int kFieldDepthMax = 45;

}  // namespace hearth::engine
