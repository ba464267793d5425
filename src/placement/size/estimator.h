// Size from the logical plan: inputs, then what each operator does with them, then what that costs.
#pragma once

#include <cstdint>

#include "placement/size/costs.h"
#include "placement/size/estimate.h"
#include "placement/size/inputs.h"
#include "spark/plan/command.h"
#include "spark/plan/relation.h"

namespace hearth::placement {

/// Limits of one estimate. What lies beyond them counts as of unknown size.
inline constexpr size_t kEstimatedNodesMax = 50'000;
inline constexpr size_t kEstimatedInputsMax = 1'000;
inline constexpr size_t kEstimatedTextMax = size_t{1} << 20;  ///< SQL text, bytes

/// What an operation needs on an engine of these costs, cold: from its plan alone. Pure but for what `inputs`
/// does; thread safe if that is. Never throws for a plan's content, and walks plans of any depth and size in
/// bounded time. SQL text in the plan is parsed. History corrects the result (placement/history).
Estimate EstimateOf(const spark::RelationPtr& plan, Inputs& inputs, const Costs& costs);
Estimate EstimateOf(const spark::Command& command, Inputs& inputs, const Costs& costs);

}  // namespace hearth::placement
