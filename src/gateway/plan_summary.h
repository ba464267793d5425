// What a person and the history are told of a plan.
#pragma once

#include <string>

namespace spark::connect {
class Plan;
}

namespace hearth::gateway {

struct PlanSummary {
  // Equal for plans of one shape (spark/fingerprint). Empty for a plan that no client may send; the cluster
  // says what is wrong with it.
  std::string fingerprint;
  // One line without control characters: the SQL text, or the plan's nodes from the outermost inwards. Cut at
  // 300 bytes; what may be a secret is `***`. Empty for a plan of more than 64 KiB.
  std::string text;
};

PlanSummary Summarize(const ::spark::connect::Plan& plan);

}  // namespace hearth::gateway
