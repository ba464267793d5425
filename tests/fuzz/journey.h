// What happens to a plan in the processes that take it, up to the point where DuckDB would run it.
#pragma once

#include "spark/plan/command.h"
#include "spark/plan/relation.h"

namespace hearth::fuzz {

// The fingerprint and the estimate (gateway), then analysis and printing (engine) over a few small views. Throws spark::Error.
void Travel(const spark::RelationPtr& plan);
void Travel(const spark::Command& command);

}  // namespace hearth::fuzz
