// Size from the logical plan: inputs, then what each operator does with them, then what that costs.
#pragma once

#include <cstddef>
#include <string>

#include "placement/size/costs.h"
#include "placement/size/estimate.h"
#include "placement/size/inputs.h"
#include "spark/plan/command.h"
#include "spark/plan/relation.h"

namespace hearth::placement {

/// Limits of one plan. What lies beyond them counts as of unknown size.
inline constexpr size_t kEstimatedNodesMax = 50'000;
inline constexpr size_t kEstimatedInputsMax = 1'000;
inline constexpr size_t kEstimatedTextMax = size_t{1} << 20;  ///< SQL text, bytes

/// What a plan does, whatever the engine.
struct PlanSize {
  Amount input_bytes;
  Amount input_rows;
  Efforts efforts{};
  /// Of tables of joins and groups, and of sorts.
  double held_bytes = 0;
  /// How little the rows on the way are known: as Amount::spread.
  double spread = 0;
  /// "plan: 3 joins, 1 aggregations over 6.0 M rows".
  std::string source;
};

/// Pure but for what `inputs` does; thread safe if that is. Never throws for a plan's content, and walks
/// plans of any depth and size in bounded time. SQL text in the plan is parsed, which needs the stack of
/// spark::ParseStatement.
PlanSize SizeOf(const spark::RelationPtr& plan, Inputs& inputs);
PlanSize SizeOf(const spark::Command& command, Inputs& inputs);

/// What that needs on an engine of these costs, cold: from its plan alone. History corrects it
/// (placement/history).
Estimate EstimateOf(const PlanSize& size, const Costs& costs);

}  // namespace hearth::placement
