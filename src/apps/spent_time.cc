#include "apps/spent_time.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hearth::apps {
namespace {

// Phases that follow each other until an end.
class Timeline {
 public:
  explicit Timeline(double end_ms) : end_ms_(end_ms) {}

  void GoOnUntil(double until_ms, std::string what, std::optional<double> expected_ms = std::nullopt) {
    const double until = std::clamp(until_ms, now_ms_, std::max(now_ms_, end_ms_));
    phases_.push_back({now_ms_, until - now_ms_, expected_ms, std::move(what)});
    now_ms_ = until;
  }
  void RunUntil(double until_ms, std::string what, std::optional<double> expected_ms) {
    GoOnUntil(until_ms, std::move(what), expected_ms);
    phases_.back().is_run = true;
  }
  double now_ms() const { return now_ms_; }
  std::vector<Phase> Take() { return std::move(phases_); }

 private:
  const double end_ms_;
  double now_ms_ = 0;
  std::vector<Phase> phases_;
};

void Add(const AttemptAccount& attempt, bool is_first, double end_ms, Timeline* timeline) {
  const std::string& on = attempt.cluster;
  std::optional<double> expected_run;
  if (const auto placed = attempt.placed_ms()) {
    const CandidateAccount& chosen = attempt.candidates.front();
    if (is_first) {
      timeline->GoOnUntil(
          *placed - attempt.waited_ms,
          "getting ready: earlier changes of its session, its plan and files, what its user runs");
    }
    timeline->GoOnUntil(*placed, "waiting for a cluster");
    timeline->GoOnUntil(attempt.began_ms, absl::StrCat("bringing its session to ", on),
                        chosen.finish_ms() - chosen.run_ms);
    expected_run = chosen.run_ms;
  } else {
    timeline->GoOnUntil(attempt.began_ms, absl::StrCat("getting to ", on));
  }
  timeline->RunUntil(attempt.ended_ms.value_or(end_ms), absl::StrCat("running on ", on), expected_run);
}

}  // namespace

std::vector<Phase> PhasesOf(const OperationAccount& operation, double end_ms) {
  Timeline timeline(end_ms);
  for (const AttemptAccount& attempt : operation.attempts)
    Add(attempt, &attempt == &operation.attempts.front(), end_ms, &timeline);
  if (timeline.now_ms() < end_ms) {
    const bool waits =
        operation.attempts.empty() || (operation.running() && !operation.attempts.back().running());
    timeline.GoOnUntil(end_ms, waits ? "waiting for a cluster" : "handing out its result");
  }
  return timeline.Take();
}

}  // namespace hearth::apps
