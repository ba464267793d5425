#include "placement/engine_pool.h"

#include <algorithm>

namespace hearth::placement {
namespace {

EngineRules RulesOf(const std::string& engine, const Options& options) {
  const auto found = options.engines.find(engine);
  return found == options.engines.end() ? EngineRules{} : found->second;
}

}  // namespace

EnginePool::EnginePool(const std::string& engine, const Options& options)
    : engine_(engine),
      options_(options),
      rules_(RulesOf(engine, options)),
      clusters_(rules_, options_),
      share_(options_),
      budget_(options_) {}

EnginePool::Lane EnginePool::LaneOf(const Operation& operation) {
  return operation.is_long ? kLong : operation.need.alone ? kAlone : kTogether;
}

void EnginePool::Add(Operation* operation, Instant now) {
  operation->is_long = operation->need.work >= options_.long_work;
  ++waiting_;
  alone_waiting_ += operation->need.alone;
  interactive_waiting_ += operation->request.profile == Profile::kInteractive;
  short_present_ += !operation->is_long;
  CountShort(now);
  Enqueue(operation);
}

void EnginePool::Enqueue(Operation* operation) {
  lanes_[LaneOf(*operation)].Push(operation);
  by_since_.insert(operation);
}

void EnginePool::Occupy(Operation* operation, const std::string& cluster, Instant now) {
  Share(operation);
  Start(operation, clusters_.Find(cluster), now);
}

/// Out of wherever it waits.
void EnginePool::Dequeue(Operation* operation) {
  if (operation->is_set_aside) {
    set_aside_.erase(operation);
    operation->is_set_aside = false;
  } else {
    lanes_[LaneOf(*operation)].Remove(operation);
    by_since_.erase(operation);
  }
  if (reservation_ && reservation_->holder == operation) Release();
}

void EnginePool::Withdraw(Operation* operation, Instant now) {
  Dequeue(operation);
  --waiting_;
  alone_waiting_ -= operation->need.alone;
  interactive_waiting_ -= operation->request.profile == Profile::kInteractive;
  short_present_ -= !operation->is_long;
  CountShort(now);
}

void EnginePool::CountShort(Instant now) { share_.SetShort(now, static_cast<int64_t>(short_present_)); }

void EnginePool::Put(const ClusterOffer& cluster) {
  clusters_.Put(cluster);
  for (FairQueue& lane : lanes_) lane.SetLead(options_.fair_lead * std::max(1, clusters_.slots()));
}

void EnginePool::Drop(const std::string& id) {
  Cluster* cluster = clusters_.Find(id);
  if (cluster == nullptr) return;
  if (reservation_ && reservation_->cluster == cluster) reservation_.reset();
  for (const auto& [end, operation] : cluster->running) {
    if (operation->is_long) share_.Give(operation->slots);
    operation->slots = 0;
  }
  clusters_.Drop(id);
  for (FairQueue& lane : lanes_) lane.SetLead(options_.fair_lead * std::max(1, clusters_.slots()));
}

void EnginePool::Decide(Instant now, Decisions* decisions) {
  wake_.reset();
  Watch(now, decisions);
  ServeSetAside(now, decisions);
  ServeOverdue(now, decisions);
  ServeLanes(now, decisions);
  ServeBeside(now, decisions);
  Reserve(now);
  TellDemand(now, decisions);
}

void EnginePool::WakeAt(Instant when) { wake_ = wake_ ? std::min(*wake_, when) : when; }

std::optional<Instant> EnginePool::next() const {
  std::optional<Instant> next = wake_;
  if (!milestones_.empty()) {
    const Instant first = milestones_.begin()->first.first;
    next = next ? std::min(*next, first) : first;
  }
  return next;
}

bool EnginePool::IsOverdue(const Operation& operation, Instant now) const {
  return now - operation.since >= options_.passed_over_max;
}

/// What has waited for too long comes before all others, and stays so while it does not fit.
void EnginePool::ServeOverdue(Instant now, Decisions* decisions) {
  while (!by_since_.empty() && set_aside_.size() < options_.set_aside_max) {
    Operation* oldest = *by_since_.begin();
    if (!IsOverdue(*oldest, now)) return WakeAt(oldest->since + options_.passed_over_max);
    if (Place(oldest, now, decisions) != Outcome::kPlaced) SetAside(oldest);
  }
}

void EnginePool::ServeSetAside(Instant now, Decisions* decisions) {
  for (auto it = set_aside_.begin(); it != set_aside_.end();) {
    if (!HasCores() || (!clusters_.AnyOpen() && !reservation_)) return;
    Operation* operation = *it++;
    Place(operation, now, decisions);
  }
}

/// The sooner turn of the lanes that have room, until none has. What does not fit is stepped over.
void EnginePool::ServeLanes(Instant now, Decisions* decisions) {
  std::array<bool, kLanes> is_blocked{};
  while (HasCores() && (clusters_.AnyOpen() || reservation_)) {
    size_t best = kLanes;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (is_blocked[lane] || lanes_[lane].empty()) continue;
      if (best == kLanes || SoonerTurn()(lanes_[lane].Front(), lanes_[best].Front())) best = lane;
    }
    if (best == kLanes) return;
    Operation* operation = lanes_[best].Front();
    const Outcome outcome = Place(operation, now, decisions);
    if (outcome == Outcome::kPlaced) continue;
    if (outcome == Outcome::kNoRoom && MaySetAside(*operation)) {
      SetAside(operation);
    } else {
      is_blocked[LaneOf(*operation)] = true;
    }
  }
}

/// Of the first of each lane and those stepped over, who has been patient for long enough and finds a place
/// beside what never ends.
Operation* EnginePool::Impatient(Instant now) {
  Operation* impatient = nullptr;
  const auto look = [&](Operation* operation) {
    const Instant until = operation->since + std::max(rules_.beside_after, operation->need.run);
    if (now < until) return WakeAt(until);
    if (clusters_.Unending(operation->need.memory) == nullptr) return;
    if (impatient == nullptr || SoonerTurn()(operation, impatient)) impatient = operation;
  };
  for (FairQueue& lane : lanes_) {
    // Who is too large steps aside for those behind.
    while (!lane.empty() && set_aside_.size() < options_.set_aside_max &&
           clusters_.Unending(lane.Front()->need.memory) == nullptr)
      SetAside(lane.Front());
    if (!lane.empty()) look(lane.Front());
  }
  for (Operation* operation : set_aside_) look(operation);
  return impatient;
}

/// When a suspect ends nobody knows. So what has waited for long enough is let in where only those are, one
/// at a time: it is slowed down, but not stopped.
void EnginePool::ServeBeside(Instant now, Decisions* decisions) {
  if (rules_.beside_after == Duration::max()) return;
  while (clusters_.AnyUnending()) {
    Operation* operation = Impatient(now);
    if (operation == nullptr) return;
    Cluster* cluster = clusters_.Unending(operation->need.memory);
    Share(operation);
    PutOn({cluster, Because::kBeside}, operation, now, decisions);
  }
}

/// It is not alone any more, wherever it waits.
void EnginePool::Share(Operation* operation) {
  if (!operation->need.alone) return;
  if (!operation->is_set_aside) lanes_[LaneOf(*operation)].Remove(operation);
  operation->need.alone = false;
  --alone_waiting_;
  if (!operation->is_set_aside) lanes_[LaneOf(*operation)].Push(operation);
}

EnginePool::Outcome EnginePool::Place(Operation* operation, Instant now, Decisions* decisions) {
  ClipToLargest(operation, now);
  const Choice choice = Choose(*operation, now);
  if (choice.cluster == nullptr) return Outcome::kNoRoom;
  const int slots = operation->need.alone ? choice.cluster->offer.slots : 1;
  if (operation->is_long && !MayRunLong(*operation, slots, *choice.cluster, now))
    return Outcome::kTooMuchLongWork;
  PutOn(choice, operation, now, decisions);
  return Outcome::kPlaced;
}

void EnginePool::PutOn(const Choice& choice, Operation* operation, Instant now, Decisions* decisions) {
  decisions->placements.push_back({operation->request.operation, choice.cluster->offer.id,
                                   RankOf(operation->need, operation->request.profile, rules_),
                                   ReasonFor(*operation, choice, now)});
  Start(operation, choice.cluster, now);
}

/// Within its share; or when it has been patient and nobody short is there.
bool EnginePool::MayRunLong(const Operation& operation, int slots, const Cluster& cluster, Instant now) {
  if (share_.Allows(slots, clusters_.slots()) || IsOverdue(operation, now)) return true;
  if (rules_.long_patience == Duration::max()) return false;
  const Instant until = operation.since + rules_.long_patience;
  if (now < until) WakeAt(until);
  return now >= until && cluster.is_empty();
}

/// Only what others could go around: not what waits for the slots that all wait for.
bool EnginePool::MaySetAside(const Operation& operation) const {
  if (set_aside_.size() >= options_.set_aside_max) return false;
  if (!operation.need.alone || clusters_.AnyEmpty()) return clusters_.AnyOpen();
  // Small ones that share every cluster could keep it from being alone for ever. One at a time is kept a
  // place.
  return clusters_.AnyPartly() && set_aside_.empty();
}

void EnginePool::SetAside(Operation* operation) {
  lanes_[LaneOf(*operation)].Remove(operation);
  by_since_.erase(operation);
  operation->is_set_aside = true;
  set_aside_.insert(operation);
}

}  // namespace hearth::placement
