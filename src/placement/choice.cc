// Which cluster an operation enters, and what is said about it.
#include <algorithm>

#include "placement/engine_pool.h"

namespace hearth::placement {
namespace {

/// A session has been on few clusters; whoever names more is not believed.
constexpr size_t kWarmMax = 16;

bool IsWarm(const Operation& operation, const std::string& cluster) {
  const auto& warm = operation.request.warm;
  const auto end = warm.begin() + static_cast<ptrdiff_t>(std::min(warm.size(), kWarmMax));
  return std::find(warm.begin(), end, cluster) != end;
}

Duration Until(Instant when, Instant now) { return std::max(Duration(0), when - now); }

}  // namespace

/// A kept cluster takes its holder, and who is over before that can begin.
bool EnginePool::MayEnter(const Cluster& cluster, const Operation& operation, Instant now) const {
  if (!clusters_.Admits(cluster, operation.need)) return false;
  if (!cluster.is_kept || !reservation_ || reservation_->cluster != &cluster) return true;
  return reservation_->holder == &operation || now + operation.need.run_p99 <= reservation_->at;
}

EnginePool::Choice EnginePool::Warm(const Operation& operation, Instant now) const {
  for (size_t i = 0; i < std::min(operation.request.warm.size(), kWarmMax); ++i) {
    Cluster* cluster = clusters_.Find(operation.request.warm[i]);
    if (cluster && MayEnter(*cluster, operation, now)) return {cluster, Because::kWarm};
  }
  return {};
}

EnginePool::Choice EnginePool::Choose(const Operation& operation, Instant now) const {
  const Need& need = operation.need;
  if (reservation_ && reservation_->holder == &operation && MayEnter(*reservation_->cluster, operation, now))
    return {reservation_->cluster, Because::kReserved};
  if (const Choice warm = Warm(operation, now); warm.cluster) return warm;
  if (Cluster* best = clusters_.BestFit(need)) {
    if (operation.is_clipped) return {best, Because::kLargest};
    if (!clusters_.NextFit(*best, need)) return {best, Because::kOnly};
    return {best, need.alone ? Because::kEmpty : Because::kBestFit};
  }
  if (reservation_ && MayEnter(*reservation_->cluster, operation, now))
    return {reservation_->cluster, Because::kBackfill};
  return {};
}

Candidate EnginePool::CandidateFor(const Operation& operation, const std::string& cluster) const {
  Candidate candidate;
  candidate.cluster = cluster;
  candidate.catch_up = IsWarm(operation, cluster) ? Duration(0) : operation.request.catch_up;
  candidate.run = operation.need.run;
  return candidate;
}

Reason EnginePool::ReasonFor(const Operation& operation, const Choice& choice, Instant now) const {
  Reason reason;
  reason.because = choice.because;
  reason.estimate = operation.request.estimate;
  reason.waited = now - operation.since;
  auto& candidates = reason.candidates;
  candidates.reserve(options_.candidates_max + 1);
  const auto add = [&](Candidate candidate) {
    if (candidates.empty() || candidates.size() < options_.candidates_max)
      candidates.push_back(std::move(candidate));
  };
  add(CandidateFor(operation, choice.cluster->offer.id));
  reason.predicted_finish = now + candidates.front().finish();
  const Cluster* best =
      choice.cluster->is_kept ? nullptr : clusters_.NextFit(*choice.cluster, operation.need);
  if (best && best != choice.cluster) add(CandidateFor(operation, best->offer.id));
  if (const Cluster* left = clusters_.NextLeft(); left && left != choice.cluster && left != best) {
    Candidate candidate = CandidateFor(operation, left->offer.id);
    candidate.wait = Until(left->running.begin()->first.first, now);
    add(std::move(candidate));
  }
  if (const Cluster* starting = clusters_.NextReady()) {
    Candidate candidate = CandidateFor(operation, starting->offer.id);
    candidate.start = Until(starting->offer.ready_at, now);
    add(std::move(candidate));
  }
  Candidate fresh = CandidateFor(operation, "");
  fresh.start = rules_.start_time;
  add(std::move(fresh));
  return reason;
}

}  // namespace hearth::placement
