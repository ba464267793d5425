#include "engine/service/explain.h"

#include <algorithm>

#include "engine/lower/lower.h"
#include "spark/analysis/analyzer.h"

namespace hearth::engine {
namespace {

using Mode = spark::ExplainCommand::Mode;

std::string Section(const std::string& title, const std::string& text) {
  std::string out = "== " + title + " ==\n" + text;
  if (out.back() != '\n') out += '\n';
  return out;
}

// "a: int, b: string", the first line of Spark's analyzed plan.
std::string SchemaLine(const spark::TypedPlan& plan) {
  std::string line;
  for (const spark::Column& column : plan.output) {
    line += (line.empty() ? "" : ", ") + column.name + ": " + column.type.simple_string();
  }
  return line + "\n";
}

// The statistics that Spark writes behind a plan of which it knows nothing: the largest size.
std::string WithStatistics(const std::string& plan) {
  const size_t line = std::min(plan.find('\n'), plan.size());
  return plan.substr(0, line) + ", Statistics(sizeInBytes=8.0 EiB)" + plan.substr(line);
}

}  // namespace

std::string Explain(const spark::TypedPlan& plan, Mode mode, std::string_view time_zone) {
  const std::string logical = spark::PlanText(plan);
  const std::string physical =
      Section("Physical Plan", logical + (logical.ends_with('\n') ? "" : "\n") +
                                   "DuckDB: " + Lower(plan, Checking::kFast, time_zone).sql);
  switch (mode) {
    case Mode::kExtended:
      return Section("Parsed Logical Plan", logical) + "\n" +
             Section("Analyzed Logical Plan", SchemaLine(plan) + logical) + "\n" +
             Section("Optimized Logical Plan", logical) + "\n" + physical;
    case Mode::kCost:
      return Section("Optimized Logical Plan", WithStatistics(logical)) + "\n" + physical + "\n";
    case Mode::kCodegen: return "Found 0 WholeStageCodegen subtrees.\n\n" + physical + "\n";
    case Mode::kSimple:
    case Mode::kFormatted: break;
  }
  return physical + "\n";
}

}  // namespace hearth::engine
