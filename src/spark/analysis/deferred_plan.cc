#include "spark/analysis/deferred_plan.h"

#include <utility>

namespace hearth::spark {

struct DeferredPlan::Step {
  DeferredPlan input;
  ScopePtr before;
  ScopePtr after;
  std::vector<Value> values;
  TypedPlanPtr plan;  // once it is made; then the rest is empty
};

DeferredPlan DeferredPlan::Projection(DeferredPlan input, ScopePtr before, ScopePtr after,
                                      std::vector<Value> values) {
  DeferredPlan plan;
  plan.step_ = std::make_shared<Step>(
      Step{std::move(input), std::move(before), std::move(after), std::move(values), nullptr});
  return plan;
}

bool DeferredPlan::is_deferred() const { return step_ != nullptr && step_->plan == nullptr; }

const TypedPlanPtr& DeferredPlan::Get() const {
  if (step_ == nullptr) return plan_;
  // From the lowest step up: the stack does not have to hold a chain.
  std::vector<Step*> steps;
  for (const DeferredPlan* plan = this; plan->is_deferred(); plan = &plan->step_->input) {
    steps.push_back(plan->step_.get());
  }
  for (; !steps.empty(); steps.pop_back()) Make(steps.back());
  return step_->plan;
}

void DeferredPlan::Make(Step* step) {
  TypedProject project;
  project.input = step->input.Get();
  const std::vector<ScopeColumn>& before = step->before->columns();
  project.expressions.resize(step->after->size());
  for (Value& value : step->values) project.expressions[value.place] = std::move(value.expression);
  for (size_t i = 0; i < before.size(); ++i) {
    if (project.expressions[i] == nullptr) project.expressions[i] = ReferenceTo(before[i]);
  }
  std::vector<Column> output;
  output.reserve(step->after->size());
  for (const ScopeColumn& column : step->after->columns()) output.push_back(column.column);
  TypedPlanPtr plan = MakePlan(std::move(project), std::move(output));
  *step = Step{{}, nullptr, nullptr, {}, std::move(plan)};
}

}  // namespace hearth::spark
