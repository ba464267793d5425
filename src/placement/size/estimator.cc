#include "placement/size/estimator.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "placement/size/sizing.h"

namespace hearth::placement {

spark::RelationPtr QueryOf(const spark::Command& command) {
  return std::visit(
      [](const auto& one) -> spark::RelationPtr {
        using T = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<T, spark::UnsupportedCommand>) {
          return spark::MakeRelation(spark::UnsupportedRelation{one.what});
        } else if constexpr (requires { one.query; }) {
          return one.query;
        } else {
          return nullptr;
        }
      },
      command);
}

PlanSize SizeOf(const spark::RelationPtr& plan, Inputs& inputs) {
  Sizing sizing(inputs);
  sizing.Run(plan);
  return sizing.Conclude();
}

PlanSize SizeOf(const spark::Command& command, Inputs& inputs) { return SizeOf(QueryOf(command), inputs); }

Estimate EstimateOf(const PlanSize& size, const Costs& costs) {
  double seconds = 0;
  for (size_t i = 0; i < size.efforts.size(); ++i) seconds += size.efforts[i] * costs.seconds[i];
  const double of_input = std::min(costs.memory_input * size.input_bytes.median, costs.memory_input_max);
  const double bytes = costs.memory_base + costs.memory_held * size.held_bytes + of_input;
  return Tamed(Estimate{.input_bytes = size.input_bytes,
                        .input_rows = size.input_rows,
                        .work = {seconds, std::hypot(costs.work_spread, size.spread), size.source},
                        .peak_memory = {bytes, std::hypot(costs.memory_spread, size.spread), size.source}});
}

}  // namespace hearth::placement
