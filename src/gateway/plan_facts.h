// What the gateway has to know about a plan before it sends it anywhere.
#pragma once

#include <string>

namespace spark::connect {
class AnalyzePlanRequest;
class Plan;
}  // namespace spark::connect

namespace hearth::gateway {

// How an operation may be repeated. Ordered: a plan is of the strongest class of its parts.
enum class OperationClass {
  kReadOnly,        // may run again freely
  kSessionEffect,   // changes the state of its session on the cluster
  kExternalEffect,  // changes what others see: never blindly again
};

struct PlanFacts {
  OperationClass operation_class = OperationClass::kReadOnly;
  // Whatever it leaves behind is outside of every cluster, or can be repeated on another one. False for
  // tables of a cluster's own catalog, streaming queries, models and the like.
  bool portable = true;
  // What it changes outside of its session are the catalog and files that change with it: on a native cluster
  // that happens once, however often the operation is tried.
  bool happens_once = false;
  // It makes or drops a global temporary view by name only; statements have to be looked at.
  bool changes_global_views = false;
  // It sets or resets configurations.
  bool configures = false;
  // The outermost node: "sql", "aggregate", "sql_command", "create_dataframe_view".
  std::string kind;
};

// Walks the whole message; as deep as the plan is.
PlanFacts FactsOf(const ::spark::connect::Plan& plan);
// Of the plans in it; `kind` stays "".
PlanFacts FactsOf(const ::spark::connect::AnalyzePlanRequest& request);

}  // namespace hearth::gateway
