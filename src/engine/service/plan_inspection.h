// Questions about a typed plan that need no rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// The files that the plan reads, as URIs, without repeats, also those of subqueries.
std::vector<std::string> InputFiles(const spark::TypedPlan& plan);

// Whether the plan reads a file in the folder or below it, or the folder is a file that it reads.
bool ReadsBelow(const spark::TypedPlan& plan, const std::string& folder);

// Equal for plans that give the same rows from the same inputs for the same reason: they lower to the same
// statement. Plans that only mean the same may differ, as in Spark. Throws what lowering throws.
std::string SemanticKey(const spark::TypedPlan& plan);

// Spark's semanticHash is any number that equal plans share.
int32_t SemanticHash(const std::string& key);

}  // namespace hearth::engine
