#include "apps/explanation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/operation_account.h"
#include "apps/spent_time.h"

namespace hearth::apps {
namespace {

using Json = nlohmann::ordered_json;

// A query that native declines and that a Spark cluster runs which has to be started: as it was logged.
constexpr char kDeclined[] = R"({
  "started_at_ms": 0, "operation": "9120", "session": "s-1", "workload": "nightly", "user": "ada\u001b", "kind": "project",
  "class": "read_only", "text": "SELECT twice(id) FROM t", "rows": 3, "total_ms": 60030.5, "outcome": "succeeded",
  "each_attempt": [
    {"cluster": "native-1", "engine": "native", "version": "0.1", "began_ms": 1.5, "ended_ms": 2.5,
     "verdict": "declined", "cause": "user-defined functions", "cpu_seconds": 0.0004, "shared": false,
     "placement": {"text": "native-1: its session has been there", "because": "its session has been there",
       "waited_ms": 0.01, "predicted_ms": 2, "profile": "interactive", "profile_cause": "nothing says otherwise",
       "input_bytes": {"median": 1024, "p99": 1024, "source": "files: 1.0 KiB"},
       "input_rows": {"median": 3, "p99": 3, "source": "files: 1.0 KiB"},
       "work_seconds": {"median": 0.0013, "p99": 0.005, "source": "plan: a scan"},
       "memory_bytes": {"median": 1048576, "p99": 2097152, "source": "plan: a scan"},
       "candidates": [{"cluster": "native-1", "wait_ms": 0, "start_ms": 0, "catch_up_ms": 0, "run_ms": 0.5},
                      {"cluster": "", "wait_ms": 0, "start_ms": 50, "catch_up_ms": 1, "run_ms": 0.5}]}},
    {"cluster": "spark-1", "engine": "spark", "version": "4.2.1", "began_ms": 19500, "ended_ms": 60030,
     "verdict": "succeeded", "cpu_seconds": 6.5, "peak_memory_bytes": 591065088, "shared": false,
     "placement": {"text": "the native engine declined it: user-defined functions; spark-1: no other has room; ...",
       "declined": "user-defined functions",
       "because": "no other has room", "waited_ms": 11501, "predicted_ms": 11651, "profile": "batch",
       "profile_cause": "hearth.profile says so",
       "input_bytes": {"median": 1024, "p99": 1024, "source": "files: 1.0 KiB"},
       "input_rows": {"median": 3, "p99": 3, "source": "files: 1.0 KiB"},
       "work_seconds": {"median": 0.3, "p99": 4.9, "source": "history: 2 runs"},
       "memory_bytes": {"median": 268435456, "p99": 536870912, "source": "plan: a scan"},
       "candidates": [{"cluster": "spark-1", "wait_ms": 0, "start_ms": 0, "catch_up_ms": 1, "run_ms": 149}]}}]})";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Columns are as wide as they are.
std::string Squeezed(const std::string& text) {
  std::string squeezed;
  for (const char c : text)
    if (c != ' ' || squeezed.empty() || (squeezed.back() != ' ' && squeezed.back() != '\n')) squeezed += c;
  return squeezed;
}

std::string ExplainJson(const Json& json, int64_t now_ms = 0) { return Explain(AccountOf(json), now_ms); }

TEST(ExplanationTest, ADeclinedQueryIsToldFromItsAnswerToItsAttempts) {
  const std::string text = Squeezed(ExplainJson(Json::parse(kDeclined)));
  const char* const parts[] = {
      "Operation 9120 succeeded in 60 s, 3 rows\n",
      "SELECT twice(id) FROM t\n",
      "project, read only\n",
      "ada , session s-1, ",
      "job nightly\n",
      "batch: hearth.profile says so\n",
      "Why there: on spark-1 (spark 4.2.1) because the native engine declined it (user-defined functions), "
      "and on "
      "that one because no other has room. That is attempt 2.\n",
      "Why so long: 40.5 s of 60 s (68%) went into running on spark-1; 149 ms expected.\n",
      "1.5 ms 1 ms 0.5 ms running on native-1\n",
      "2.5 ms 11.5 s - waiting for a cluster\n",
      "11.5 s 8 s 1 ms bringing its session to spark-1\n",
      "ATTEMPT 1 OF 2: native-1 (native 0.1)\n",
      "a new native cluster 0 50 ms 1 ms 0.5 ms 51.5 ms\n",
      "After 1 ms the engine declined it, before any effect: user-defined functions.\n",
      "ATTEMPT 2 OF 2: spark-1 (spark 4.2.1)\n",
      "149 ms 150 ms taken: no other has room\n",
      "work 300 ms 4.9 s 6.5 s history: 2 runs\n",
      "memory 256.0 MiB 512.0 MiB 563.7 MiB with the engine's plan: a scan\n",
      "After 40.5 s it succeeded. From its placement on it was expected to take 150 ms, and took 48.5 s, 324 "
      "times "
      "as long. It took more work than was expected of 99 in 100. Its engine worked for 6.5 s of the 40.5 s: "
      "else "
      "it waited, "
      "for a processor, a disk, a process of its own or its client.\n",
  };
  size_t at = 0;
  for (const char* part : parts) {
    const size_t found = text.find(part, at);
    ASSERT_NE(found, std::string::npos) << part << "\nnot where it belongs in\n" << text;
    at = found;
  }
  EXPECT_FALSE(Has(text, "\x1b"));
}

TEST(ExplanationTest, PhasesFollowEachOtherToTheEnd) {
  const std::vector<Phase> phases = PhasesOf(AccountOf(Json::parse(kDeclined)), 60030.5);
  double now = 0;
  for (const Phase& phase : phases) {
    EXPECT_DOUBLE_EQ(phase.from_ms, now) << phase.what;
    EXPECT_GE(phase.took_ms, 0) << phase.what;
    now = phase.from_ms + phase.took_ms;
  }
  EXPECT_DOUBLE_EQ(now, 60030.5);
  EXPECT_EQ(phases.back().what, "handing out its result");
}

TEST(ExplanationTest, MemoryWithoutTheIdleEnginesAndWorkOfOneThatSharedItsCluster) {
  Json json = Json::parse(kDeclined);
  json["each_attempt"][1]["idle_memory_bytes"] = 591065088 - 104857600;
  json["each_attempt"][0]["shared"] = true;
  const std::string text = ExplainJson(json);
  EXPECT_TRUE(Has(text, "100.0 MiB  plan: a scan\n")) << text;
  EXPECT_TRUE(Has(text, "0.4 ms with others  plan: a scan\n")) << text;
}

TEST(ExplanationTest, WhatRunsIsToldUpToNow) {
  Json json = Json::parse(kDeclined);
  json["outcome"] = "running";
  json.erase("total_ms");
  json["each_attempt"][1].erase("ended_ms");
  json["each_attempt"][1]["verdict"] = "running";
  const std::string text = ExplainJson(json, 30'000);
  EXPECT_TRUE(Has(text, "Operation 9120 has been there for 30 s\n")) << text;
  EXPECT_TRUE(Has(text,
                  "It has been running for 10.5 s. From its placement on it was expected to take 150 ms, and "
                  "has taken 18.5 s, 123 times as long."))
      << text;
}

TEST(ExplanationTest, WhatWaitsHasComeToNoCluster) {
  const std::string text = ExplainJson({{"operation", "a"}, {"outcome", "running"}, {"kind", "sql"}}, 2'000);
  EXPECT_TRUE(Has(text, "Why there: it came to no cluster.\n")) << text;
  EXPECT_TRUE(Has(text, "2 s of 2 s (100%) went into waiting for a cluster.")) << text;
}

TEST(ExplanationTest, WhatHadToBeThereHadNoChoice) {
  const std::string text =
      ExplainJson({{"operation", "a"},
                   {"outcome", "failed"},
                   {"total_ms", 9},
                   {"error", "DIVIDE_BY_ZERO"},
                   {"each_attempt",
                    {{{"cluster", "native-1"},
                      {"engine", "native"},
                      {"began_ms", 1},
                      {"ended_ms", 8},
                      {"verdict", "user_error"},
                      {"placement", {{"text", "native-1 has its global temporary views"}}}}}}});
  EXPECT_TRUE(Has(text, "Operation a failed after 9 ms: DIVIDE_BY_ZERO\n")) << text;
  EXPECT_TRUE(Has(text, "It had no choice: native-1 has its global temporary views.\n")) << text;
  EXPECT_TRUE(Has(text, "After 7 ms it failed, as it would anywhere.\n")) << text;
}

// Lines of other versions, or that a full disk has cut.
TEST(ExplanationTest, ARecordThatMakesNoSenseIsExplainedAsFarAsItGoes) {
  for (const char* record :
       {"null", "[]", "7", R"({"operation": 5, "each_attempt": 7, "started_at_ms": 1e300})",
        R"({"operation": "a", "total_ms": -1e300, "each_attempt": [null, 3, {"placement": []},
                                 {"began_ms": 1e300, "ended_ms": -5, "placement": {"predicted_ms": 1e300,
                                  "candidates": [{"run_ms": "x"}, 9]}}]})"}) {
    EXPECT_TRUE(Has(ExplainJson(Json::parse(record)), "Operation ")) << record;
  }
}

}  // namespace
}  // namespace hearth::apps
