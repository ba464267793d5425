#include "apps/calibration.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "apps/text_table.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

// What needs more has a native cluster alone (docs/placement.md).
constexpr double kSmallWorkSeconds = 0.1;
// Less than this is nothing, of any amount: it would make the ratio infinite.
constexpr double kLeast = 1e-6;

double QError(const Comparison& pair) {
  const double ratio = std::max(pair.actual, kLeast) / std::max(pair.expected, kLeast);
  return std::max(ratio, 1 / ratio);
}

// The nearest rank; `values` are sorted and not none.
double Percentile(const std::vector<double>& values, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<size_t>(rank, 1) - 1];
}

Fit FitOf(const std::vector<const Comparison*>& pairs) {
  Fit fit{.count = pairs.size()};
  if (pairs.empty()) return fit;
  std::vector<double> errors;
  double within = 0;
  double above = 0;
  bool has_p99 = true;
  for (const Comparison* pair : pairs) {
    errors.push_back(QError(*pair));
    has_p99 = has_p99 && pair->p99 > 0;
    within += pair->actual <= pair->p99;
    above += pair->actual > pair->expected;
  }
  std::sort(errors.begin(), errors.end());
  fit.q_p50 = Percentile(errors, 0.5);
  fit.q_p90 = Percentile(errors, 0.9);
  const auto count = static_cast<double>(pairs.size());
  if (has_p99) fit.within_p99 = within / count;
  fit.above_median = above / count;
  return fit;
}

using Keep = std::function<bool(const Outcome&, const Comparison&)>;
CalibrationRow RowOf(std::string group, const std::vector<Outcome>& outcomes, const Keep& keep) {
  std::vector<const Comparison*> finish;
  std::vector<const Comparison*> work;
  std::vector<const Comparison*> memory;
  CalibrationRow row{.group = std::move(group)};
  for (const Outcome& outcome : outcomes) {
    bool any = false;
    const auto take = [&](const std::optional<Comparison>& pair, std::vector<const Comparison*>* to) {
      if (!pair || !keep(outcome, *pair)) return;
      to->push_back(&*pair);
      any = true;
    };
    take(outcome.finish, &finish);
    take(outcome.work, &work);
    take(outcome.memory, &memory);
    row.count += any;
  }
  row.finish = FitOf(finish);
  row.work = FitOf(work);
  row.memory = FitOf(memory);
  return row;
}

std::optional<Comparison> CompareAmount(const ExpectedAmount& expected, std::optional<double> actual) {
  if (!actual || expected.source.empty()) return std::nullopt;
  return Comparison{expected.median, expected.p99, *actual, expected.SourceKind()};
}

Json JsonOf(const Fit& fit) {
  Json json = {{"count", fit.count}};
  if (fit.count == 0) return json;
  json["q_error_p50"] = fit.q_p50;
  json["q_error_p90"] = fit.q_p90;
  if (fit.within_p99) json["within_p99"] = *fit.within_p99;
  if (fit.above_median) json["above_median"] = *fit.above_median;
  return json;
}

std::string Factor(const Fit& fit, double factor) {
  return fit.count == 0 ? "-" : absl::StrFormat(factor < 99.95 ? "%.2f" : "%.0f", factor);
}
std::string Percent(const std::optional<double>& share) {
  return share ? absl::StrFormat("%.0f%%", 100 * *share) : "-";
}

}  // namespace

std::vector<Outcome> OutcomesOf(const OperationAccount& operation) {
  std::vector<Outcome> outcomes;
  for (const AttemptAccount& attempt : operation.attempts) {
    const auto placed = attempt.placed_ms();
    if (!placed || !attempt.ended_ms || attempt.verdict != "succeeded") continue;
    Outcome outcome{.started_at_ms = operation.started_at_ms, .engine = attempt.engine};
    outcome.finish = Comparison{.expected = attempt.candidates.front().finish_ms(),
                                .actual = *attempt.ended_ms - *placed,
                                .source_kind = attempt.work_seconds.SourceKind()};
    outcome.work = CompareAmount(attempt.work_seconds, attempt.WorkTaken());
    outcome.memory = CompareAmount(attempt.memory_bytes, attempt.MemoryTaken());
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

Calibration CalibrationOf(std::vector<Outcome> outcomes) {
  Calibration calibration;
  if (outcomes.empty()) return calibration;
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.started_at_ms < b.started_at_ms; });
  calibration.first_ms = outcomes.front().started_at_ms;
  calibration.last_ms = outcomes.back().started_at_ms;
  const auto add = [&](std::string group, const Keep& keep) {
    CalibrationRow row = RowOf(std::move(group), outcomes, keep);
    if (row.count > 0) calibration.rows.push_back(std::move(row));
  };
  std::set<std::string> engines;
  std::set<std::string> kinds;
  for (const Outcome& outcome : outcomes) {
    engines.insert(outcome.engine);
    for (const auto* pair : {&outcome.finish, &outcome.work, &outcome.memory})
      if (*pair) kinds.insert((*pair)->source_kind);
  }
  const auto is_small = [](const Outcome& outcome) {
    return outcome.work && outcome.work->actual < kSmallWorkSeconds;
  };
  const Outcome* middle = &outcomes[outcomes.size() / 2];
  add("all", [](const Outcome&, const Comparison&) { return true; });
  for (const std::string& engine : engines)
    add("on " + engine, [&](const Outcome& outcome, const Comparison&) { return outcome.engine == engine; });
  add("took less than 100 ms of work",
      [&](const Outcome& outcome, const Comparison&) { return is_small(outcome); });
  add("took 100 ms of work or more",
      [&](const Outcome& outcome, const Comparison&) { return outcome.work && !is_small(outcome); });
  for (const std::string& kind : kinds)
    add("known from: " + kind,
        [&](const Outcome&, const Comparison& pair) { return pair.source_kind == kind; });
  add("first half", [&](const Outcome& outcome, const Comparison&) { return &outcome < middle; });
  add("second half", [&](const Outcome& outcome, const Comparison&) { return &outcome >= middle; });
  return calibration;
}

Json JsonOf(const Calibration& calibration) {
  Json json = {
      {"first_ms", calibration.first_ms}, {"last_ms", calibration.last_ms}, {"groups", Json::array()}};
  for (const CalibrationRow& row : calibration.rows) {
    json["groups"].push_back({{"group", row.group},
                              {"attempts", row.count},
                              {"finish", JsonOf(row.finish)},
                              {"work", JsonOf(row.work)},
                              {"memory", JsonOf(row.memory)}});
  }
  return json;
}

std::string TextOf(const Calibration& calibration) {
  if (calibration.rows.empty()) return "No attempt that placement chose a cluster for has succeeded yet.\n";
  const auto time = [](int64_t ms) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(ms), absl::LocalTimeZone());
  };
  TextTable table({"attempts that succeeded", ">count", ">finish: p50", ">p90", ">late", ">work: known",
                   ">p50", ">p90", ">within p99", ">memory: known", ">p50", ">p90", ">within p99"});
  for (const CalibrationRow& row : calibration.rows) {
    const auto& [group, count, finish, work, memory] = row;
    table.Add({group, absl::StrCat(count), Factor(finish, finish.q_p50), Factor(finish, finish.q_p90),
               Percent(finish.above_median), absl::StrCat(work.count), Factor(work, work.q_p50),
               Factor(work, work.q_p90), Percent(work.within_p99), absl::StrCat(memory.count),
               Factor(memory, memory.q_p50), Factor(memory, memory.q_p90), Percent(memory.within_p99)});
  }
  return absl::StrCat(
      "Expected against actual from ", time(calibration.first_ms), " to ", time(calibration.last_ms),
      ". p50 and p90 are of the q-error, the factor between the two: 1 is exact.\n\n", table.ToString());
}

}  // namespace hearth::apps
