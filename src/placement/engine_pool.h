// What waits for the clusters of one engine and what runs on them: the rules of placement, put together.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "placement/clusters.h"
#include "placement/fair_queue.h"
#include "placement/long_share.h"
#include "placement/operation.h"
#include "placement/restart_budget.h"
#include "placement/scheduler.h"

namespace hearth::placement {

// Operations belong to the caller, and stay where they are while they wait or run here.
class EnginePool {
 public:
  EnginePool(const std::string& engine, const Options& options);

  const EngineRules& rules() const { return rules_; }
  Clusters& clusters() { return clusters_; }

  void Add(Operation* operation, Instant now);
  /// It waits and runs there at once.
  void Occupy(Operation* operation, const std::string& cluster, Instant now);
  void Withdraw(Operation* operation, Instant now);
  void Ended(Operation* operation, Instant now);
  void Put(const ClusterOffer& cluster);
  void Drop(const std::string& cluster);

  void Decide(Instant now, Decisions* decisions);
  std::optional<Instant> next() const;

 private:
  // Each is a queue of its own, with its own accounts: what a user's long jobs were given does not count
  // against his short queries.
  enum Lane : size_t { kTogether, kAlone, kLong, kLanes };
  enum class Outcome { kPlaced, kNoRoom, kTooMuchLongWork };
  struct Choice {
    Cluster* cluster = nullptr;
    Because because = Because::kOnly;
  };
  // A cluster that is kept for an operation.
  struct Reservation {
    Operation* holder = nullptr;
    Cluster* cluster = nullptr;
    Instant at{};  // when it is expected to be free for it
  };

  // Waiting (engine_pool.cc).
  static Lane LaneOf(const Operation& operation);
  void Enqueue(Operation* operation);
  void Dequeue(Operation* operation);
  bool IsOverdue(const Operation& operation, Instant now) const;
  void ServeOverdue(Instant now, Decisions* decisions);
  void ServeSetAside(Instant now, Decisions* decisions);
  void ServeLanes(Instant now, Decisions* decisions);
  void ServeBeside(Instant now, Decisions* decisions);
  Operation* Impatient(Instant now);
  void Share(Operation* operation);
  Outcome Place(Operation* operation, Instant now, Decisions* decisions);
  void PutOn(const Choice& choice, Operation* operation, Instant now, Decisions* decisions);
  bool MayRunLong(const Operation& operation, int slots, const Cluster& cluster, Instant now);
  bool MaySetAside(const Operation& operation) const;
  void SetAside(Operation* operation);
  void CountShort(Instant now);

  // Where (choice.cc).
  Choice Choose(const Operation& operation, Instant now) const;
  Choice Warm(const Operation& operation, Instant now) const;
  bool MayEnter(const Cluster& cluster, const Operation& operation, Instant now) const;
  Reason ReasonFor(const Operation& operation, const Choice& choice, Instant now) const;
  Candidate CandidateFor(const Operation& operation, const std::string& cluster) const;

  // What is too large for now (reservation.cc).
  void ClipToLargest(Operation* operation, Instant now);
  void Reserve(Instant now);
  void Release();

  // Running (running.cc).
  void Start(Operation* operation, Cluster* cluster, Instant now);
  void Watch(Instant now, Decisions* decisions);
  void SetMilestone(Operation* operation);
  void ClearMilestone(Operation* operation);
  Instant MilestoneOf(const Operation& operation) const;
  bool HasCores() const { return busy_cores_ < rules_.cores; }
  void FreeCores(Operation* operation);
  void BecomeLong(Operation* operation, Instant now, Decisions* decisions);
  void BecomeSuspect(Operation* operation, Instant now, Decisions* decisions);
  void AskRestart(Operation* operation, Restart::Why why, Instant now, Decisions* decisions);

  // Missing (demand.cc).
  void TellDemand(Instant now, Decisions* decisions);

  void WakeAt(Instant when);

  const std::string engine_;
  const Options& options_;
  const EngineRules rules_;
  Clusters clusters_;
  LongShare share_;
  RestartBudget budget_;

  std::array<FairQueue, kLanes> lanes_;
  std::set<Operation*, SoonerSince> by_since_;  // of those in the lanes
  std::set<Operation*, SoonerTurn> set_aside_;  // stepped over, because they do not fit
  std::optional<Reservation> reservation_;
  size_t alone_waiting_ = 0;
  size_t interactive_waiting_ = 0;
  size_t waiting_ = 0;
  double busy_cores_ = 0;
  size_t short_present_ = 0;  // waiting and running

  std::map<std::pair<Instant, uint64_t>, Operation*> milestones_;  // of those that run
  std::optional<Instant> wake_;
  std::optional<Instant> missing_since_;
};

}  // namespace hearth::placement
