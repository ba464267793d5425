// Where a plan is observed (DataFrame.observe), and what makes it certain that Spark sees every row there.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "spark/analysis/typed_plan.h"

namespace hearth::engine {

// Something about the rows of a part of the plan that only running it tells.
struct RowCondition {
  spark::TypedPlanPtr plan;
  int64_t at_least = 0;
  int64_t fewer_than = INT64_MAX;
};

struct ObservedPlace {
  std::shared_ptr<const spark::Observation> observation;
  // While all of these hold, all rows pass the place in Spark too. If one does not, what Spark tells depends
  // on its partitions or on what its optimizer finds out.
  std::vector<RowCondition> conditions;
};

// The observations of a plan, one for each name, in Spark's order. Declines where it cannot be told what
// Spark sees: beside a join that may end early, and where running the input again may give other rows.
std::vector<ObservedPlace> FindObservedPlaces(const spark::TypedPlanPtr& plan);

// The observations alone, wherever they stand.
std::vector<std::shared_ptr<const spark::Observation>> FindObservations(const spark::TypedPlanPtr& plan);

}  // namespace hearth::engine
