// An operation as its record tells it: a row of `hearth status --json` or a line of operations.jsonl
// (gateway/operation_record.h writes both).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hearth::apps {

// An amount that was expected: half of the time at most `median`, 99% of the time at most `p99`.
struct ExpectedAmount {
  double median = 0;
  double p99 = 0;
  // Why that was believed, in words; what comes before a colon is the kind: "history: 12 runs". Empty: nobody
  // said what to expect.
  std::string source;

  // "history", "plan", "nothing is known".
  std::string SourceKind() const { return source.substr(0, source.find(':')); }
};

// A place where an attempt could have gone, in milliseconds from its placement.
struct CandidateAccount {
  std::string cluster;  // "": a new one
  double wait_ms = 0;
  double start_ms = 0;
  double catch_up_ms = 0;
  double run_ms = 0;

  double finish_ms() const { return wait_ms + start_ms + catch_up_ms + run_ms; }
};

// Times are milliseconds since the operation's admission.
struct AttemptAccount {
  std::string cluster;
  std::string engine;
  std::string version;
  double began_ms = 0;
  std::optional<double> ended_ms;
  std::string verdict;
  // What the verdict came of: the feature that was declined, how the cluster died. Often empty.
  std::string cause;
  // Of the cluster meanwhile, for whomever. 0: not seen.
  double peak_memory_bytes = 0;
  // What the cluster holds when nothing runs there. 0: not seen.
  double idle_memory_bytes = 0;
  std::optional<double> cpu_seconds;
  // Others ran there too.
  bool shared = false;

  // Why it went there, in one sentence, and what decided; the latter is empty if it had to be there.
  std::string text;
  std::string because;
  // What the native engine would not run, if that is why it is here.
  std::string declined;
  std::string profile;
  std::string profile_cause;
  // When it was expected to end; nothing if nobody chose its place.
  std::optional<double> predicted_ms;
  // From when the operation was first to be placed.
  double waited_ms = 0;
  ExpectedAmount input_bytes;
  ExpectedAmount input_rows;
  ExpectedAmount work_seconds;
  ExpectedAmount memory_bytes;
  // The chosen one first.
  std::vector<CandidateAccount> candidates;

  bool running() const { return !ended_ms.has_value(); }
  // When its place was chosen.
  std::optional<double> placed_ms() const;
  // What it took itself, as far as that is known: nothing of one that had not the cluster alone.
  std::optional<double> WorkTaken() const;
  std::optional<double> MemoryTaken() const;
};

struct OperationAccount {
  std::string operation;
  std::string session;
  std::string user;
  // The job that asks; empty for none.
  std::string workload;
  std::string kind;
  std::string operation_class;
  std::string text;
  std::string outcome;
  std::string error;
  int64_t started_at_ms = 0;  // since the epoch
  double rows = 0;
  std::optional<double> total_ms;
  std::vector<AttemptAccount> attempts;

  bool running() const { return outcome == "running"; }
};

// What is missing, or is not what it should be, stays as above: logs of earlier versions know less.
OperationAccount AccountOf(const nlohmann::ordered_json& record);

}  // namespace hearth::apps
