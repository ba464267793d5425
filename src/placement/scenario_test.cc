// Scenarios of placement as text: scenario_corpus.inc holds the events and what must be decided. To add a
// case, write the events, run the test, and read what it prints before pasting it.
//
// A line is a time and an event; Decide is asked after each. Times and amounts have units (ms, s, m, h; k, m,
// g); `option` lines come first and have no time.
//   option NAME VALUE
//   T put CLUSTER MEMORY [slots=N] [engine=E] [starting=T|draining|avoided]      T drop CLUSTER
//   T add ID WORK [p99=WORK] [memory=BYTES] [user=U] [engine=E] [batch] [warm=C,C] [catch_up=D] [restartable]
//       [since=T] [restarts=N] [attained=D]
//   T withdraw ID      T ended ID      T settle ID      T wait
// What is printed: refusals, placements with what decided, suspects, restarts, demands when they change, and
// at the end what still waits and when the scheduler wants to be asked again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "placement/scheduler.h"

namespace hearth::placement {
namespace {

constexpr std::string_view kScenarios =
#include "placement/scenario_corpus.inc"
    ;

double Number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

Duration Time(const std::string& text) {
  char* unit = nullptr;
  const double count = std::strtod(text.c_str(), &unit);
  const std::string_view name = unit;
  const double seconds = name == "ms" ? 1e-3 : name == "m" ? 60 : name == "h" ? 3600 : 1;
  return Duration(std::llround(count * seconds * 1e9));
}

double Bytes(const std::string& text) {
  char* unit = nullptr;
  const double count = std::strtod(text.c_str(), &unit);
  return count * (*unit == 'g' ? 0x1p30 : *unit == 'm' ? 0x1p20 : *unit == 'k' ? 0x1p10 : 1);
}

// Work as Time, but absurd values pass.
double Work(const std::string& text) {
  const double number = Number(text);
  return std::isfinite(number) && std::fabs(number) < 1e9 ? std::chrono::duration<double>(Time(text)).count()
                                                          : number;
}

std::string Shown(Duration duration) {
  std::ostringstream text;
  text << std::chrono::duration<double>(duration).count() << "s";
  return text.str();
}

const char* Name(Because because) {
  switch (because) {
    case Because::kWarm: return "warm";
    case Because::kOnly: return "only";
    case Because::kBestFit: return "best fit";
    case Because::kEmpty: return "empty";
    case Because::kReserved: return "reserved";
    case Because::kBackfill: return "backfill";
    case Because::kBeside: return "beside";
    case Because::kLargest: return "largest";
  }
  return "?";
}

const char* Name(Demand::Why why) {
  switch (why) {
    case Demand::Why::kNoCluster: return "no cluster";
    case Demand::Why::kNoRoom: return "no room";
    case Demand::Why::kTooLittleMemory: return "too little memory";
  }
  return "?";
}

struct Words {
  explicit Words(const std::string& line) {
    for (const auto word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      const std::string text(word);
      const size_t equals = text.find('=');
      if (equals == std::string::npos) {
        plain.push_back(text);
      } else {
        named[text.substr(0, equals)] = text.substr(equals + 1);
      }
    }
  }
  bool Has(const std::string& flag) const {
    return std::find(plain.begin(), plain.end(), flag) != plain.end();
  }
  std::string Get(const std::string& name, const std::string& otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : found->second;
  }
  std::vector<std::string> plain;
  std::map<std::string, std::string> named;
};

void SetOption(const Words& words, Options& options) {
  const std::string& name = words.plain[1];
  const std::string& value = words.plain[2];
  EngineRules& native = options.engines["native"];
  const std::map<std::string, std::function<void()>> options_by_name = {
      {"shared_work_max", [&] { native.shared_work_max = Time(value); }},
      {"shared_run_max", [&] { native.shared_run_max = Time(value); }},
      {"cores", [&] { native.cores = Number(value); }},
      {"parallelism", [&] { native.parallelism = Number(value); }},
      {"long_patience", [&] { native.long_patience = Time(value); }},
      {"beside_after", [&] { native.beside_after = Time(value); }},
      {"suspects_close", [&] { native.suspects_close = value == "true"; }},
      {"new_slots", [&] { native.slots = static_cast<int>(Number(value)); }},
      {"new_memory", [&] { native.memory_bytes = static_cast<uint64_t>(Bytes(value)); }},
      {"passed_over_max", [&] { options.passed_over_max = Time(value); }},
      {"fair_lead", [&] { options.fair_lead = Time(value); }},
      {"long_work", [&] { options.long_work = Time(value); }},
      {"set_aside_max", [&] { options.set_aside_max = static_cast<size_t>(Number(value)); }},
      {"candidates_max", [&] { options.candidates_max = static_cast<size_t>(Number(value)); }},
      {"restarts_max", [&] { options.restarts_max = static_cast<int>(Number(value)); }},
      {"wasted_permille_max", [&] { options.wasted_permille_max = static_cast<int>(Number(value)); }},
  };
  options_by_name.at(name)();
}

ClusterOffer OfferOf(const Words& words) {
  ClusterOffer offer;
  offer.id = words.plain[2];
  offer.memory_bytes = static_cast<uint64_t>(Bytes(words.plain[3]));
  offer.slots = static_cast<int>(Number(words.Get("slots", "1")));
  offer.engine = words.Get("engine", "native");
  if (words.Has("draining")) offer.state = ClusterOffer::State::kDraining;
  if (words.Has("avoided")) offer.state = ClusterOffer::State::kAvoided;
  if (words.named.count("starting")) {
    offer.state = ClusterOffer::State::kStarting;
    offer.ready_at = Instant(Time(words.Get("starting", "")));
  }
  return offer;
}

Request RequestOf(const Words& words) {
  Request request;
  request.operation = std::stoull(words.plain[2]);
  request.user = words.Get("user", "ada");
  request.engine = words.Get("engine", "native");
  request.estimate.work_seconds.median = Work(words.plain[3]);
  request.estimate.work_seconds.p99 = Work(words.Get("p99", "nan"));
  request.estimate.memory_bytes.median = Bytes(words.Get("memory", "100m"));
  request.estimate.memory_bytes.p99 = request.estimate.memory_bytes.median;
  request.estimate.source = "scenario";
  if (words.Has("batch")) request.profile = Profile::kBatch;
  request.may_restart = words.Has("restartable");
  if (words.named.count("warm")) request.warm = absl::StrSplit(words.Get("warm", ""), ',');
  request.catch_up = Time(words.Get("catch_up", "0"));
  if (words.named.count("since")) request.since = Instant(Time(words.Get("since", "")));
  request.restarts = static_cast<int>(Number(words.Get("restarts", "0")));
  request.attained = Time(words.Get("attained", "0"));
  return request;
}

// Runs a scenario, and writes down what was decided.
class Play {
 public:
  explicit Play(const Options& options) : scheduler_(options) {}

  void Line(const std::string& line) {
    const Words words(line);
    const Instant now(Time(words.plain[0]));
    if (!Happens(now, words)) Write(now, absl::StrCat("refused: ", words.plain[1], " ", words.plain[2]));
    Decided(now, scheduler_.Decide(now));
  }

  std::string Ending() {
    if (scheduler_.waiting() > 0) absl::StrAppend(&text_, scheduler_.waiting(), " waiting\n");
    const auto next = scheduler_.next();
    if (next) absl::StrAppend(&text_, "next ", Shown(next->time_since_epoch()), "\n");
    return text_;
  }

 private:
  bool Happens(Instant now, const Words& words) {
    const std::string& verb = words.plain[1];
    if (verb == "wait") return true;
    if (verb == "put") return scheduler_.Put(now, OfferOf(words));
    if (verb == "drop") return scheduler_.Drop(now, words.plain[2]);
    if (verb == "add") return scheduler_.Add(now, RequestOf(words));
    const uint64_t id = std::stoull(words.plain[2]);
    if (verb == "withdraw") return scheduler_.Withdraw(now, id);
    if (verb == "ended") return scheduler_.Ended(now, id);
    if (verb == "settle") return scheduler_.Settle(now, id);
    ADD_FAILURE() << "no event " << verb;
    return false;
  }

  void Write(Instant now, const std::string& what) {
    absl::StrAppend(&text_, Shown(now.time_since_epoch()), " ", what, "\n");
  }

  void Decided(Instant now, const Decisions& decisions) {
    for (const Placement& placement : decisions.placements) {
      std::string others;
      const Reason& reason = placement.reason;
      for (size_t i = 0; i < reason.candidates.size(); ++i) {
        const Candidate& candidate = reason.candidates[i];
        absl::StrAppend(&others, i == 0 ? "" : ", ", candidate.cluster.empty() ? "new" : candidate.cluster,
                        " ", Shown(candidate.finish()));
      }
      Write(now, absl::StrCat(placement.operation, " on ", placement.cluster, ": ", Name(reason.because),
                              " [", others, "]"));
    }
    for (const Suspect& suspect : decisions.suspects)
      Write(now, absl::StrCat("suspect ", suspect.operation, " on ", suspect.cluster));
    for (const Restart& restart : decisions.restarts) {
      const bool room = restart.why == Restart::Why::kMakesRoom;
      Write(now, absl::StrCat("restart ", restart.operation, ": ", room ? "makes room" : "suspect beside"));
    }
    std::string missing;
    for (const Demand& demand : decisions.demands) {
      absl::StrAppend(&missing, missing.empty() ? "" : "; ", demand.count, " of ", demand.engine, " since ",
                      Shown(demand.since.time_since_epoch()), ", ", Name(demand.why), ", ",
                      demand.profile == Profile::kBatch ? "batch" : "interactive");
    }
    if (missing != missing_) Write(now, absl::StrCat("missing: ", missing.empty() ? "nothing" : missing));
    missing_ = missing;
  }

  Scheduler scheduler_;
  std::string missing_;
  std::string text_;
};

struct Scenario {
  std::string title;
  std::string events;
  std::string expected;
};

std::vector<Scenario> Scenarios() {
  std::vector<Scenario> scenarios;
  const std::vector<std::string> parts = absl::StrSplit(std::string(kScenarios), absl::ByString("===\n"));
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::string> halves =
        absl::StrSplit(parts[i], absl::MaxSplits(absl::ByString("---\n"), 1));
    const std::vector<std::string> lines = absl::StrSplit(halves[0], absl::MaxSplits('\n', 1));
    scenarios.push_back({lines[0], lines[1], halves.size() > 1 ? halves[1] : ""});
  }
  return scenarios;
}

std::string OutcomeOf(const Scenario& scenario) {
  Options options;
  std::unique_ptr<Play> play;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(scenario.events, '\n', absl::SkipEmpty()))) {
    if (line[0] == '#') continue;
    if (line.starts_with("option ")) {
      SetOption(Words(line), options);
      continue;
    }
    if (!play) play = std::make_unique<Play>(options);
    play->Line(line);
  }
  return play->Ending();
}

TEST(ScenarioTest, EachIsDecidedAsWritten) {
  const std::vector<Scenario> scenarios = Scenarios();
  ASSERT_GE(scenarios.size(), 30u);
  for (const Scenario& scenario : scenarios) {
    EXPECT_EQ(OutcomeOf(scenario), scenario.expected) << "===\n"
                                                      << scenario.title << "\n"
                                                      << scenario.events << "---\n"
                                                      << OutcomeOf(scenario);
  }
}

}  // namespace
}  // namespace hearth::placement
