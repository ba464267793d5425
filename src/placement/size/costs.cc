#include "placement/size/costs.h"

namespace hearth::placement {

namespace {

/// Fitted by bench/size_fit.py to runs of TPC-H at scale factors 1 and 10 with six parameters each, on the
/// native engine with two threads. TPC-H says nothing of files of lines, joins without keys and windows:
/// those are guesses. The spread is what a fit that did not see a query is off by there (0.48 for work, 0.50
/// for memory), and some more, since nobody's queries are TPC-H's.
Efforts NativeSeconds() {
  Efforts seconds{};
  Of(seconds, Effort::kStatements) = 1.3e-3;
  Of(seconds, Effort::kFiles) = 1e-4;
  Of(seconds, Effort::kScannedBytes) = 5.6e-10;
  Of(seconds, Effort::kScannedValues) = 1.9e-9;
  Of(seconds, Effort::kParsedBytes) = 1e-8;
  Of(seconds, Effort::kComputedValues) = 1.2e-10;
  Of(seconds, Effort::kTextMatches) = 1e-7;
  Of(seconds, Effort::kBuiltRows) = 9.4e-8;
  Of(seconds, Effort::kProbedRows) = 1e-8;
  Of(seconds, Effort::kJoinedRows) = 3.4e-9;
  Of(seconds, Effort::kPairs) = 1e-9;
  Of(seconds, Effort::kGroupedRows) = 3.1e-9;
  Of(seconds, Effort::kGroups) = 1.2e-8;
  Of(seconds, Effort::kSortedRows) = 2.2e-9;
  Of(seconds, Effort::kWindowedRows) = 1e-7;
  Of(seconds, Effort::kResultBytes) = 8e-10;
  return seconds;
}

/// Not measured: Spark is taken to need four times as much, with a spread that says so.
Efforts SparkSeconds() {
  Efforts seconds = NativeSeconds();
  for (double& one : seconds) one *= 4;
  Of(seconds, Effort::kStatements) = 0.3;
  return seconds;
}

const Costs kNative{.engine = "native",
                    .seconds = NativeSeconds(),
                    .memory_base = 35e6,
                    .memory_held = 0.56,
                    .memory_input = 0.115,
                    .work_spread = 0.6,
                    .memory_spread = 0.7};
const Costs kSpark{.engine = "spark",
                   .seconds = SparkSeconds(),
                   .memory_base = 256e6,
                   .memory_held = 2.0,
                   .memory_input = 0.115,
                   .work_spread = 1.2,
                   .memory_spread = 1.2};

}  // namespace

const Costs& CostsOf(std::string_view engine) { return engine == kNative.engine ? kNative : kSpark; }

}  // namespace hearth::placement
