#include "placement/scheduler.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "placement/engine_pool.h"
#include "placement/need.h"
#include "placement/operation.h"

namespace hearth::placement {
namespace {

/// So that sums of times stay within what an Instant holds.
constexpr Duration kTimeMost = std::chrono::hours(24 * 365 * 200);

Instant Tame(Instant when) { return std::clamp(when, Instant(-kTimeMost), Instant(kTimeMost)); }

}  // namespace

/// Everything that waits or runs, whatever its engine.
class Pool {
 public:
  explicit Pool(Options options) : options_(std::move(options)) {}

  bool Add(Instant when, Request request);
  bool Occupy(Instant when, Request request, const std::string& cluster);
  bool Withdraw(Instant when, uint64_t id);
  bool Ended(Instant when, uint64_t id);
  bool Settle(Instant when, uint64_t id);
  bool Put(Instant when, const ClusterOffer& offer);
  bool Drop(Instant when, const std::string& id);
  Decisions Decide(Instant when);
  std::optional<Instant> next() const;
  std::vector<Suspect> suspects() const;
  size_t waiting() const { return operations_.size() - running_; }
  size_t running() const { return running_; }

 private:
  /// Time does not go back.
  Instant Now(Instant when) { return latest_ = std::max(latest_, Tame(when)); }
  EnginePool& EngineOf(const std::string& engine);
  Operation* Find(uint64_t id, bool runs);
  void Forget(uint64_t id);

  const Options options_;
  std::map<std::string, EnginePool> engines_;
  std::unordered_map<uint64_t, std::unique_ptr<Operation>> operations_;
  std::unordered_map<std::string, std::string> engine_of_cluster_;
  Instant latest_ = Instant(-kTimeMost);
  uint64_t next_number_ = 0;
  size_t running_ = 0;
};

EnginePool& Pool::EngineOf(const std::string& engine) {
  const auto found = engines_.find(engine);
  if (found != engines_.end()) return found->second;
  return engines_.try_emplace(engine, engine, options_).first->second;
}

Operation* Pool::Find(uint64_t id, bool runs) {
  const auto found = operations_.find(id);
  return found == operations_.end() || found->second->runs != runs ? nullptr : found->second.get();
}

bool Pool::Add(Instant when, Request request) {
  const Instant now = Now(when);
  std::unique_ptr<Operation>& operation = operations_[request.operation];
  if (operation) return false;
  operation = std::make_unique<Operation>();
  EnginePool& engine = EngineOf(request.engine);
  operation->need = NeedOf(request, engine.rules(), options_, &request.estimate);
  request.catch_up = std::clamp(request.catch_up, Duration(0), options_.work_max);
  operation->since = request.since ? std::min(Tame(*request.since), now) : now;
  operation->turn = TurnOf(operation->need, request.profile, operation->since, options_);
  operation->number = next_number_++;
  operation->request = std::move(request);
  engine.Add(operation.get(), now);
  return true;
}

bool Pool::Occupy(Instant when, Request request, const std::string& cluster) {
  const auto engine = engine_of_cluster_.find(cluster);
  if (engine == engine_of_cluster_.end() || engine->second != request.engine) return false;
  const uint64_t id = request.operation;
  if (!Add(when, std::move(request))) return false;
  EngineOf(engine->second).Occupy(Find(id, false), cluster, latest_);
  ++running_;
  return true;
}

bool Pool::Withdraw(Instant when, uint64_t id) {
  const Instant now = Now(when);
  Operation* operation = Find(id, false);
  if (operation == nullptr) return false;
  EngineOf(operation->request.engine).Withdraw(operation, now);
  operations_.erase(id);
  return true;
}

bool Pool::Ended(Instant when, uint64_t id) {
  const Instant now = Now(when);
  Operation* operation = Find(id, true);
  if (operation == nullptr) return false;
  EngineOf(operation->request.engine).Ended(operation, now);
  --running_;
  operations_.erase(id);
  return true;
}

bool Pool::Settle(Instant when, uint64_t id) {
  Now(when);
  Operation* operation = Find(id, true);
  if (operation == nullptr) return false;
  operation->request.may_restart = false;
  return true;
}

bool Pool::Put(Instant when, const ClusterOffer& offer) {
  Now(when);
  if (offer.id.empty()) return false;
  const std::string& engine = engine_of_cluster_.try_emplace(offer.id, offer.engine).first->second;
  if (engine != offer.engine) return false;
  ClusterOffer tame = offer;
  tame.ready_at = Tame(tame.ready_at);
  EngineOf(engine).Put(tame);
  return true;
}

bool Pool::Drop(Instant when, const std::string& id) {
  Now(when);
  const auto found = engine_of_cluster_.find(id);
  if (found == engine_of_cluster_.end()) return false;
  EngineOf(found->second).Drop(id);
  engine_of_cluster_.erase(found);
  return true;
}

Decisions Pool::Decide(Instant when) {
  const Instant now = Now(when);
  Decisions decisions;
  for (auto& [name, engine] : engines_) engine.Decide(now, &decisions);
  running_ += decisions.placements.size();
  return decisions;
}

std::optional<Instant> Pool::next() const {
  std::optional<Instant> next;
  for (const auto& [name, engine] : engines_) {
    const std::optional<Instant> of_engine = engine.next();
    if (of_engine && (!next || *of_engine < *next)) next = of_engine;
  }
  return next;
}

std::vector<Suspect> Pool::suspects() const {
  std::vector<const Operation*> found;
  for (const auto& [id, operation] : operations_) {
    if (operation->is_suspect) found.push_back(operation.get());
  }
  std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->number < b->number; });
  std::vector<Suspect> suspects;
  for (const Operation* operation : found)
    suspects.push_back({operation->request.operation, operation->cluster_id, operation->suspect_since});
  return suspects;
}

Scheduler::Scheduler(Options options) : pool_(std::make_unique<Pool>(std::move(options))) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

bool Scheduler::Add(Instant now, Request request) { return pool_->Add(now, std::move(request)); }
bool Scheduler::Occupy(Instant now, Request request, const std::string& cluster) {
  return pool_->Occupy(now, std::move(request), cluster);
}
bool Scheduler::Withdraw(Instant now, uint64_t operation) { return pool_->Withdraw(now, operation); }
bool Scheduler::Ended(Instant now, uint64_t operation) { return pool_->Ended(now, operation); }
bool Scheduler::Settle(Instant now, uint64_t operation) { return pool_->Settle(now, operation); }
bool Scheduler::Put(Instant now, const ClusterOffer& cluster) { return pool_->Put(now, cluster); }
bool Scheduler::Drop(Instant now, const std::string& cluster) { return pool_->Drop(now, cluster); }
Decisions Scheduler::Decide(Instant now) { return pool_->Decide(now); }
std::optional<Instant> Scheduler::next() const { return pool_->next(); }
size_t Scheduler::waiting() const { return pool_->waiting(); }
size_t Scheduler::running() const { return pool_->running(); }
std::vector<Suspect> Scheduler::suspects() const { return pool_->suspects(); }

}  // namespace hearth::placement
