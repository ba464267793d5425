#include "placement/size/costs.h"

namespace hearth::placement {

namespace {

Efforts NativeSeconds() {
  Efforts seconds{};
  Of(seconds, Effort::kStatements) = 2e-3;
  Of(seconds, Effort::kFiles) = 2e-4;
  Of(seconds, Effort::kScannedBytes) = 4e-10;
  Of(seconds, Effort::kScannedValues) = 2e-9;
  Of(seconds, Effort::kParsedBytes) = 1e-8;
  Of(seconds, Effort::kComputedValues) = 2e-9;
  Of(seconds, Effort::kTextMatches) = 2e-8;
  Of(seconds, Effort::kBuiltRows) = 3e-8;
  Of(seconds, Effort::kProbedRows) = 1e-8;
  Of(seconds, Effort::kJoinedRows) = 1e-8;
  Of(seconds, Effort::kPairs) = 1e-9;
  Of(seconds, Effort::kGroupedRows) = 1e-8;
  Of(seconds, Effort::kGroups) = 5e-8;
  Of(seconds, Effort::kSortedRows) = 5e-9;
  Of(seconds, Effort::kWindowedRows) = 1e-7;
  Of(seconds, Effort::kResultBytes) = 2e-9;
  return seconds;
}

Efforts SparkSeconds() {
  Efforts seconds = NativeSeconds();
  for (double& one : seconds) one *= 4;
  Of(seconds, Effort::kStatements) = 0.3;
  return seconds;
}

const Costs kNative{.engine = "native",
                    .seconds = NativeSeconds(),
                    .memory_base = 16 << 20,
                    .memory_factor = 1.0,
                    .work_spread = 0.6,
                    .memory_spread = 0.7};
const Costs kSpark{.engine = "spark",
                   .seconds = SparkSeconds(),
                   .memory_base = 256 << 20,
                   .memory_factor = 3.0,
                   .work_spread = 1.2,
                   .memory_spread = 1.2};

}  // namespace

const Costs& CostsOf(std::string_view engine) { return engine == kNative.engine ? kNative : kSpark; }

}  // namespace hearth::placement
