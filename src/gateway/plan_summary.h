// What a person and the history are told of a plan.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "spark/connect/plan_decoder.h"
#include "spark/plan/relation.h"

namespace spark::connect {
class Plan;
}

namespace hearth::gateway {

using DecodedPlan = std::variant<spark::RelationPtr, spark::ConnectCommand>;

struct PlanSummary {
  // The plan itself, for whoever looks into it next. nullptr for one that no client may send.
  std::shared_ptr<const DecodedPlan> decoded;
  // Equal for plans of one shape (spark/fingerprint). Empty for a plan that no client may send; the cluster
  // says what is wrong with it.
  std::string fingerprint;
  // One line without control characters: the SQL text, or the plan's nodes from the outermost inwards. Cut at
  // 300 bytes; what may be a secret is `***`. Empty for a plan of more than 64 KiB.
  std::string text;
};

PlanSummary Summarize(const ::spark::connect::Plan& plan);

}  // namespace hearth::gateway
