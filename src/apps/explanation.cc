#include "apps/explanation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "apps/spent_time.h"
#include "apps/text_table.h"
#include "placement/size/amount_text.h"

namespace hearth::apps {
namespace {

using placement::BytesText;
using placement::CountText;

// Three digits are enough.
std::string DurationText(double ms) {
  if (ms < 0.0005) return "0";
  if (ms < 999.5) return absl::StrFormat("%.3g ms", ms);
  if (ms < 99'950) return absl::StrFormat("%.3g s", ms / 1000);
  if (ms < 5'970'000) return absl::StrFormat("%.3g min", ms / 60'000);
  return absl::StrFormat("%.1f h", ms / 3'600'000);
}
std::string SecondsText(double seconds) { return DurationText(seconds * 1000); }

// "3.2 times as long as", of what is not negligible.
std::string Against(double actual, double expected) {
  if (expected <= 0 || actual <= 0) return "";
  const double factor = actual / expected;
  if (factor > 0.9 && factor < 1.1) return "as expected";
  return factor > 1 ? absl::StrFormat("%.3g times as long", factor)
                    : absl::StrFormat("%.3g times as fast", 1 / factor);
}

std::string Named(const AttemptAccount& attempt) {
  return absl::StrCat(attempt.cluster, " (", attempt.engine, attempt.version.empty() ? "" : " ",
                      attempt.version, ")");
}

double EndOf(const OperationAccount& operation, int64_t now_ms) {
  if (operation.total_ms) return *operation.total_ms;
  return std::max<double>(0, static_cast<double>(now_ms - operation.started_at_ms));
}

std::string Heading(const OperationAccount& operation, double end_ms) {
  std::string text = absl::StrCat("Operation ", operation.operation, " ");
  const std::string time = DurationText(end_ms);
  if (operation.running()) {
    absl::StrAppend(&text, "has been there for ", time);
  } else if (operation.outcome == "succeeded") {
    absl::StrAppend(&text, "succeeded in ", time, ", ", CountText(operation.rows),
                    operation.rows == 1 ? " row" : " rows");
  } else {
    absl::StrAppend(&text, operation.outcome, " after ", time);
    if (!operation.error.empty()) absl::StrAppend(&text, ": ", operation.error);
  }
  return OneLine(text) + "\n";
}

std::string Facts(const OperationAccount& operation) {
  const auto started = absl::FromUnixMillis(operation.started_at_ms);
  std::string text =
      absl::StrCat("  what     ", operation.text.empty() ? operation.kind : OneLine(operation.text));
  absl::StrAppend(&text, "\n  kind     ", operation.kind, ", ",
                  absl::StrReplaceAll(operation.operation_class, {{"_", " "}}));
  absl::StrAppend(&text, "\n  from     ",
                  operation.user.empty() ? "a user without a name" : OneLine(operation.user), ", session ",
                  OneLine(operation.session), ", ",
                  absl::FormatTime("%Y-%m-%d %H:%M:%S", started, absl::LocalTimeZone()));
  if (!operation.workload.empty()) absl::StrAppend(&text, "\n  job      ", OneLine(operation.workload));
  if (!operation.attempts.empty() && !operation.attempts.back().profile.empty()) {
    const AttemptAccount& last = operation.attempts.back();
    absl::StrAppend(&text, "\n  profile  ", last.profile, ": ", OneLine(last.profile_cause));
  }
  return text + "\n";
}

std::string Decided(const AttemptAccount& attempt) {
  if (!attempt.because.empty()) return attempt.because;
  return attempt.text.empty() ? "the record does not say" : OneLine(attempt.text);
}

std::string WhyThere(const OperationAccount& operation) {
  if (operation.attempts.empty()) return "\nWhy there: it came to no cluster.\n";
  const AttemptAccount& last = operation.attempts.back();
  std::string text = absl::StrCat("\nWhy there: on ", Named(last), " because ");
  if (!last.declined.empty())
    absl::StrAppend(&text, "the native engine declined it (", OneLine(last.declined),
                    "), and on that one because ");
  absl::StrAppend(&text, Decided(last), ".");
  if (operation.attempts.size() > 1)
    absl::StrAppend(&text, " That is attempt ", operation.attempts.size(), ".");
  return text + "\n";
}

std::string WhySoLong(const std::vector<Phase>& phases, double end_ms) {
  const auto longest = std::max_element(phases.begin(), phases.end(),
                                        [](const Phase& a, const Phase& b) { return a.took_ms < b.took_ms; });
  if (longest == phases.end() || end_ms <= 0) return "";
  std::string text =
      absl::StrFormat("Why so long: %s of %s (%.0f%%) went into %s", DurationText(longest->took_ms),
                      DurationText(end_ms), 100 * longest->took_ms / end_ms, longest->what);
  if (longest->expected_ms) absl::StrAppend(&text, "; ", DurationText(*longest->expected_ms), " expected");
  return text + ".\n";
}

std::string PhasesText(const std::vector<Phase>& phases, double end_ms) {
  // What is shorter explains nothing, but every attempt is named.
  constexpr double kShownShare = 0.005;
  TextTable table({">at", ">took", ">expected", "where the time went"});
  for (const Phase& phase : phases) {
    if (!phase.is_run && phase.took_ms < kShownShare * end_ms) continue;
    table.Add({DurationText(phase.from_ms), DurationText(phase.took_ms),
               phase.expected_ms ? DurationText(*phase.expected_ms) : "-", phase.what});
  }
  return "\n" + table.ToString();
}

std::string CandidatesText(const AttemptAccount& attempt) {
  TextTable table({"candidate", ">wait", ">start", ">catch up", ">run", ">finish in", ""});
  for (const CandidateAccount& candidate : attempt.candidates) {
    const bool is_chosen = &candidate == &attempt.candidates.front();
    table.Add(
        {candidate.cluster.empty() ? absl::StrCat("a new ", attempt.engine, " cluster") : candidate.cluster,
         DurationText(candidate.wait_ms), DurationText(candidate.start_ms),
         DurationText(candidate.catch_up_ms), DurationText(candidate.run_ms),
         DurationText(candidate.finish_ms()), is_chosen ? "taken: " + attempt.because : ""});
  }
  return table.ToString();
}

std::string WorkText(const AttemptAccount& attempt) {
  if (!attempt.cpu_seconds) return "-";
  return SecondsText(*attempt.cpu_seconds) + (attempt.shared ? " with others" : "");
}

std::string MemoryText(const AttemptAccount& attempt) {
  if (const auto taken = attempt.MemoryTaken()) return BytesText(*taken);
  if (attempt.peak_memory_bytes <= 0) return "-";
  return BytesText(attempt.peak_memory_bytes) + (attempt.shared ? " with others" : " with the engine's");
}

std::string NeedText(const AttemptAccount& attempt) {
  TextTable table({"need", ">expected", ">99% at most", ">taken", "believed because of"});
  const auto add = [&](const char* name, const ExpectedAmount& amount, std::string (*text)(double),
                       const std::string& taken) {
    table.Add({name, text(amount.median), text(amount.p99), taken, amount.source});
  };
  add("input", attempt.input_bytes, BytesText, "-");
  add("rows", attempt.input_rows, CountText, "-");
  add("work", attempt.work_seconds, SecondsText, WorkText(attempt));
  add("memory", attempt.memory_bytes, BytesText, MemoryText(attempt));
  return table.ToString();
}

std::string VerdictText(const std::string& verdict) {
  if (verdict == "succeeded") return "it succeeded";
  if (verdict == "declined") return "the engine declined it, before any effect";
  if (verdict == "cancelled") return "it was cancelled";
  if (verdict == "restarted") return "it was ended, to be begun again elsewhere, as placement asked";
  if (verdict == "user_error") return "it failed, as it would anywhere";
  if (verdict == "resources") return "it failed, for want of memory";
  if (verdict == "infrastructure") return "its cluster was lost";
  if (verdict == "engine_suspect") return "it failed: the engine crashed, or had an internal error";
  if (verdict == "misfit") return "it was ended: it gave other rows than its client had had";
  return "its verdict was: " + verdict;
}

// When it was expected to end, and when it did.
std::string FinishText(const AttemptAccount& attempt, double ended_ms) {
  const auto placed = attempt.placed_ms();
  // What was never run says nothing of how long it would have run.
  if (!placed || attempt.verdict == "declined" || attempt.verdict == "user_error") return "";
  const double expected = attempt.candidates.front().finish_ms();
  const double actual = ended_ms - *placed;
  std::string text = absl::StrCat(" From its placement on it was expected to take ", DurationText(expected),
                                  ", and ", attempt.running() ? "has taken " : "took ", DurationText(actual));
  const bool is_comparable = attempt.verdict == "succeeded" || actual > expected;
  const std::string against = is_comparable ? Against(actual, expected) : "";
  return absl::StrCat(text, against.empty() ? "" : ", ", against, ".");
}

// Of a run that was no work of its engine.
std::string IdleText(const AttemptAccount& attempt, double ran_ms) {
  constexpr double kWorthTellingMs = 100;
  constexpr double kBusyShare = 0.25;
  if (!attempt.cpu_seconds || ran_ms < kWorthTellingMs) return "";
  if (*attempt.cpu_seconds * 1000 >= kBusyShare * ran_ms) return "";
  return absl::StrCat(" Its engine worked for ", SecondsText(*attempt.cpu_seconds), " of the ",
                      DurationText(ran_ms),
                      ": else it waited, for a processor, a disk, a process of its own or its client.");
}

// How it ended, and how that compares with what was expected.
std::string EndText(const AttemptAccount& attempt, double end_ms) {
  const double ended = attempt.ended_ms.value_or(end_ms);
  const double ran_ms = std::max(0.0, ended - attempt.began_ms);
  const std::string ran = DurationText(ran_ms);
  std::string text = attempt.running() ? absl::StrCat("It has been running for ", ran)
                                       : absl::StrCat("After ", ran, " ", VerdictText(attempt.verdict));
  if (!attempt.cause.empty()) absl::StrAppend(&text, ": ", OneLine(attempt.cause));
  absl::StrAppend(&text, ".", FinishText(attempt, ended));
  const auto work = attempt.WorkTaken();
  if (work && !attempt.work_seconds.source.empty() && *work > attempt.work_seconds.p99)
    text += " It took more work than was expected of 99 in 100.";
  return absl::StrCat(text, IdleText(attempt, ran_ms), "\n");
}

std::string AttemptText(const AttemptAccount& attempt, size_t number, size_t of, double end_ms) {
  std::string text = absl::StrCat("\nATTEMPT ", number, " OF ", of, ": ", Named(attempt), "\n");
  if (!attempt.declined.empty() && number == 1)
    absl::StrAppend(&text, "On ", attempt.engine,
                    " because the native engine declined it: ", OneLine(attempt.declined), ".\n");
  if (attempt.candidates.empty()) {
    absl::StrAppend(&text, "It had no choice: ", Decided(attempt), ".\n");
  } else {
    absl::StrAppend(&text, CandidatesText(attempt), "\n", NeedText(attempt));
  }
  return absl::StrCat(text, attempt.candidates.empty() ? "" : "\n", EndText(attempt, end_ms));
}

}  // namespace

std::string Explain(const OperationAccount& operation, int64_t now_ms) {
  const double end_ms = EndOf(operation, now_ms);
  const std::vector<Phase> phases = PhasesOf(operation, end_ms);
  std::string text = absl::StrCat(Heading(operation, end_ms), Facts(operation), WhyThere(operation),
                                  WhySoLong(phases, end_ms), PhasesText(phases, end_ms));
  const size_t attempts = operation.attempts.size();
  for (size_t i = 0; i < attempts; ++i) text += AttemptText(operation.attempts[i], i + 1, attempts, end_ms);
  return text;
}

}  // namespace hearth::apps
