#include "engine/lower/lower.h"

#include "engine/lower/lowering.h"
#include "engine/lower/plan_printer.h"

namespace hearth::engine {

LoweredQuery Lower(const spark::TypedPlan& plan, Checking checking, std::string_view time_zone) {
  Lowering lowering(checking, std::string(time_zone));
  lowering.query.sql = PlanPrinter(lowering).PrintStatement(plan);
  lowering.query.output = plan.output;
  return std::move(lowering.query);
}

}  // namespace hearth::engine
