// What runs of size_runs.py took, beside what was estimated of them: cold from the plan alone, then corrected
// by a history that grows from run to run.
//
//   size_study RUNS.jsonl DATA [efforts]
//
// DATA holds tpch-sfN/TABLE.parquet. With `efforts` each run's efforts instead, as JSON, for size_fit.py.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "placement/files/file_facts.h"
#include "placement/history/history.h"
#include "placement/size/estimator.h"

namespace {

using namespace hearth;
using Json = nlohmann::json;

/// TPC-H's tables of one scale.
class Tables final : public placement::Inputs {
 public:
  Tables(std::string folder, placement::FileFacts& facts) : folder_(std::move(folder)), facts_(facts) {}
  placement::NamedInput Find(const std::vector<std::string>& name) override {
    return placement::FileSet{"parquet", {folder_ + "/" + name.back() + ".parquet"}};
  }
  std::shared_ptr<const placement::InputFacts> Files(const placement::FileSet& files) override {
    return facts_.Look(files);
  }
  std::optional<uint64_t> CachedBytes(const std::string&) override { return std::nullopt; }

 private:
  const std::string folder_;
  placement::FileFacts& facts_;
};

struct Run {
  int query;
  int round;
  double scale;
  double work;
  double memory;
  std::string fingerprint;
  placement::PlanSize size;
};

std::vector<Run> ReadRuns(const char* path, const std::string& data) {
  placement::FileFacts facts;
  std::vector<double> microseconds;
  std::vector<Run> runs;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const Json json = Json::parse(line);
    char scale[32];
    std::snprintf(scale, sizeof scale, "%g", json["scale"].get<double>());
    Tables tables(data + "/tpch-sf" + scale, facts);
    const auto begun = std::chrono::steady_clock::now();
    auto size = placement::SizeOf(spark::MakeRelation(spark::SqlText{json["sql"], {}, {}}), tables);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begun;
    microseconds.push_back(took.count());
    runs.push_back({json["query"], json["round"], json["scale"], json["work"],
                    json["peak"].get<double>() - json["idle"].get<double>(), json["fingerprint"],
                    std::move(size)});
  }
  std::sort(microseconds.begin(), microseconds.end());
  if (!microseconds.empty())
    std::fprintf(stderr, "estimated from SQL text in %.0f us, at most %.0f us\n",
                 microseconds[microseconds.size() / 2], microseconds.back());
  return runs;
}

double QError(double estimated, double actual) {
  return std::max(estimated, actual) / std::max(1e-9, std::min(estimated, actual));
}

void Print(const char* what, std::vector<double> errors) {
  if (errors.empty()) return;
  std::sort(errors.begin(), errors.end());
  const auto at = [&errors](double share) {
    return errors[static_cast<size_t>(share * static_cast<double>(errors.size() - 1))];
  };
  std::printf("%-34s %4zu runs   q-error p50 %6.2f   p90 %6.2f   p99 %6.2f   max %6.2f\n", what,
              errors.size(), at(0.5), at(0.9), at(0.99), errors.back());
}

void PrintEfforts(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    const Json json = {{"query", run.query},          {"scale", run.scale},
                       {"round", run.round},          {"work", run.work},
                       {"memory", run.memory},        {"efforts", run.size.efforts},
                       {"held", run.size.held_bytes}, {"bytes", run.size.input_bytes.median}};
    std::printf("%s\n", json.dump().c_str());
  }
}

/// Rounds of all queries in their order, at one scale after the other or by turns.
void Study(const char* what, std::vector<Run> runs) {
  const placement::Costs& costs = placement::CostsOf("native");
  placement::History history;
  std::vector<double> cold_work, cold_memory, warm_work, warm_memory;
  std::map<std::string, int> seen;
  double within = 0;
  double warm = 0;
  for (const Run& run : runs) {
    const placement::Workload workload{run.fingerprint, "native"};
    const placement::Estimate planned = placement::EstimateOf(run.size, costs);
    const placement::Estimate estimate = history.Correct(workload, "1", planned);
    const bool is_warm = seen[run.fingerprint] >= 3;
    if (seen[run.fingerprint] == 0) {
      cold_work.push_back(QError(estimate.work.median, run.work));
      cold_memory.push_back(QError(estimate.peak_memory.median, run.memory));
    }
    if (is_warm) {
      warm_work.push_back(QError(estimate.work.median, run.work));
      warm_memory.push_back(QError(estimate.peak_memory.median, run.memory));
      within += run.work <= estimate.work.p99() && run.memory <= estimate.peak_memory.p99() ? 1 : 0;
      ++warm;
    }
    ++seen[run.fingerprint];
    history.Add(workload, "1",
                {.work = run.work,
                 .peak_memory = run.memory,
                 .planned_work = planned.work.median,
                 .planned_memory = planned.peak_memory.median});
  }
  std::printf("%s\n", what);
  Print("  work, cold", cold_work);
  Print("  memory, cold", cold_memory);
  Print("  work, after 3 runs", warm_work);
  Print("  memory, after 3 runs", warm_memory);
  if (warm > 0) std::printf("  within both p99 after 3 runs: %.1f %%\n", 100 * within / warm);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "size_study RUNS.jsonl DATA [efforts]\n");
    return 2;
  }
  std::vector<Run> runs = ReadRuns(arguments[1], arguments[2]);
  if (count > 3) {
    PrintEfforts(runs);
    return 0;
  }
  std::map<double, std::vector<Run>> by_scale;
  for (const Run& run : runs) by_scale[run.scale].push_back(run);
  for (const auto& [scale, some] : by_scale) {
    Study(("scale factor " + std::to_string(static_cast<int>(scale))).c_str(), some);
  }
  Study("one scale after the other, one history", runs);
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.round < b.round; });
  Study("scales by turns, one history", runs);
  return 0;
}
