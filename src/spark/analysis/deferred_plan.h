// A typed plan that is made when somebody looks at it. The plan of a chain of withColumn has as many
// projections as steps, each with all columns: its size is quadratic. What asks for the schema alone never
// needs it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "spark/analysis/scope.h"
#include "spark/analysis/typed_plan.h"

namespace hearth::spark {

// Takes the place of a TypedPlanPtr. Copies are cheap and share what was made. Used from one thread.
class DeferredPlan {
 public:
  DeferredPlan() = default;
  DeferredPlan(TypedPlanPtr plan) : plan_(std::move(plan)) {}  // NOLINT: a plan that is there already

  // The value of a column: of the one at that place, or of those that come behind all others.
  struct Value {
    size_t place = 0;
    TypedExpressionPtr expression;
  };
  // A projection of `input` to the columns of `after`: those of `before` but for the values. REQUIRES: the
  // output of `input` starts with the columns of `before`; every column of `after` that is none of `before`
  // at its place has a value.
  static DeferredPlan Projection(DeferredPlan input, ScopePtr before, ScopePtr after,
                                 std::vector<Value> values);

  // Whether Get() has something to make.
  bool is_deferred() const;
  const TypedPlanPtr& Get() const;

  operator const TypedPlanPtr&() const { return Get(); }  // NOLINT: see above
  const TypedPlan* operator->() const { return Get().get(); }
  const TypedPlan& operator*() const { return *Get(); }

 private:
  struct Step;
  static void Make(Step* step);

  TypedPlanPtr plan_;
  std::shared_ptr<Step> step_;  // null: plan_ it is
};

}  // namespace hearth::spark
