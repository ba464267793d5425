// Changes to bytes that know nothing about their meaning.
#pragma once

#include <string>

#include "fuzz_target.h"

namespace hearth::fuzz {

// A number in [0, bound); 0 if bound is 0.
size_t Below(size_t bound, Random& random);

// Flips, overwrites with extreme numbers, cuts, repeats and swaps: one to four changes. Not longer than 64 KiB more.
std::string MutateBytes(std::string input, Random& random);

}  // namespace hearth::fuzz
