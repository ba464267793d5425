// DataFrame.observe: the observed metrics of a plan, as the message that follows its result.
#pragma once

#include <string>

#include "engine/service/query_runner.h"
#include "spark/analysis/typed_plan.h"
#include "wire/operation.h"

namespace hearth::engine {

// Computes every observation of the plan in a statement of its own, before the plan's own one, so that what
// cannot be told exactly is declined before any row is given. Returns an encoded ExecutePlanResponse, empty
// when nothing is observed. Throws spark::Error: an error of a metric is the query's, as in Spark, but for
// one in what is made of the aggregates, which is told in the place of the values.
std::string CollectObservedMetrics(const spark::TypedPlanPtr& plan, QueryRunner& runner);

// The same message for a plan that is not run: names without values.
std::string NameObservedMetrics(const spark::TypedPlanPtr& plan);

// Sends what one of these gave, unless it is empty.
void SendObserved(const std::string& encoded, wire::Operation& operation);

}  // namespace hearth::engine
