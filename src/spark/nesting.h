// How deeply a plan may be nested, where code walks it by recursion: as deeply as the thread's stack allows.
#pragma once

#include "spark/origin.h"

namespace hearth::spark {

// For the head of every function that recurses over what a client sent. Declines the plan when the thread has
// less stack left than what such a function may call on its way needs; so depth costs an error, never the
// process. The plan's parser and decoder have Spark's own limits; what they let through (long chains of
// operators) may still be deeper than any stack. Costs a comparison.
void CheckNesting(const OriginPtr& origin = nullptr);

}  // namespace hearth::spark
