// Reasons and demands as sentences.
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "placement/scheduler.h"

namespace hearth::placement {
namespace {

/// "13 us", "4.2 ms", "36 s".
std::string Seconds(double seconds) {
  char text[40];
  if (seconds < 1e-3) {
    std::snprintf(text, sizeof text, "%.0f us", seconds * 1e6);
  } else if (seconds < 1) {
    std::snprintf(text, sizeof text, "%.3g ms", seconds * 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.4g s", seconds);
  }
  return text;
}
std::string Seconds(Duration duration) { return Seconds(std::chrono::duration<double>(duration).count()); }

std::string MiB(double bytes) {
  char text[40];
  std::snprintf(text, sizeof text, "%.0f MiB", bytes / (1 << 20));
  return text;
}

}  // namespace

std::string Text(Because because) {
  switch (because) {
    case Because::kWarm: return "its session has been there";
    case Because::kOnly: return "no other has room";
    case Because::kBestFit: return "it fills it best of those with room";
    case Because::kEmpty: return "it has it alone, and it is the smallest that is large enough";
    case Because::kReserved: return "it was kept for it";
    case Because::kBackfill: return "it will be over before the one it is kept for can begin";
    case Because::kLargest: return "it is the largest, and the operation may need more than any has";
    case Because::kBeside: return "no other has room, and of what runs there no end can be told";
  }
  return "";
}

namespace {

std::string CandidateText(const Candidate& candidate) {
  std::string parts;
  const auto add = [&](const char* name, Duration duration) {
    if (duration > Duration(0)) absl::StrAppend(&parts, name, " ", Seconds(duration), " + ");
  };
  add("wait", candidate.wait);
  add("start", candidate.start);
  add("catch up", candidate.catch_up);
  return absl::StrCat(candidate.cluster.empty() ? "a new one" : candidate.cluster, " in ",
                      Seconds(candidate.finish()), " (", parts, "run ", Seconds(candidate.run), ")");
}

}  // namespace

std::string Text(const Reason& reason) {
  std::string text;
  if (!reason.candidates.empty()) absl::StrAppend(&text, reason.candidates.front().cluster, ": ");
  absl::StrAppend(&text, Text(reason.because), "; work ", Seconds(reason.estimate.work_seconds.median),
                  " (at most ", Seconds(reason.estimate.work_seconds.p99), "), memory ",
                  MiB(reason.estimate.memory_bytes.p99), " by ",
                  reason.estimate.source.empty() ? "no estimate" : reason.estimate.source, "; waited ",
                  Seconds(reason.waited), "; finish ");
  for (size_t i = 0; i < reason.candidates.size(); ++i)
    absl::StrAppend(&text, i == 0 ? "" : ", ", CandidateText(reason.candidates[i]));
  return text;
}

std::string Text(const Demand& demand) {
  const char* why = demand.why == Demand::Why::kNoCluster ? "there is no cluster"
                    : demand.why == Demand::Why::kNoRoom  ? "no cluster has room"
                                                          : "no cluster is large enough";
  return absl::StrCat(demand.count, " more of ", demand.engine, " for ", demand.waiting, " waiting: ", why);
}

}  // namespace hearth::placement
