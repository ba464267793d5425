// Where the time of an operation went.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/operation_account.h"

namespace hearth::apps {

// One thing after the other, in milliseconds since the operation's admission.
struct Phase {
  double from_ms = 0;
  double took_ms = 0;
  // Nothing: nobody said.
  std::optional<double> expected_ms;
  // "running on native-1".
  std::string what;
  // An attempt ran.
  bool is_run = false;
};

// From its admission until `end_ms` without a gap, each a part of it; `end_ms` is when it was over, or now.
std::vector<Phase> PhasesOf(const OperationAccount& operation, double end_ms);

}  // namespace hearth::apps
