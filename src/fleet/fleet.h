#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "fleet/cluster.h"
#include "fleet/launch/cgroup.h"
#include "fleet/launch/engine.h"
#include "fleet/launch/keepers.h"
#include "fleet/lease.h"
#include "fleet/placer.h"

namespace hearth::fleet {

/// The clusters of one engine.
struct PoolOptions {
  std::shared_ptr<const Engine> engine;
  size_t clusters_max = 1;
  /// Size of each cluster.
  uint64_t memory_bytes = uint64_t{2} << 30;
  int threads = 2;
  /// An unused cluster is stopped after this, unless so few would stay; zero: never.
  std::chrono::milliseconds idle_timeout{0};
  size_t clusters_kept = 0;
  /// A cluster that does not say it is ready by then is killed.
  std::chrono::milliseconds start_timeout{30'000};
  /// A cluster that owes an answer for so long gets nothing more until it gives it, and after the second time
  /// it is killed; zero: never.
  std::chrono::milliseconds silence_avoided{5'000};
  std::chrono::milliseconds silence_max{5'000};
  /// After so many clusters in a row that died before they were ready, whoever waits is told.
  int failed_starts_max = 3;
};

/// The clusters of one Hearth, a pool for each engine: started on demand as processes behind keepers,
/// limited, replaced when they die, stopped when idle or at the end. Those that a killed gateway has left are
/// adopted, if this one would start them just so; others are killed. Thread-safe.
class Fleet {
 public:
  struct Options {
    /// The first is where clusters are started before they are asked for.
    std::vector<PoolOptions> pools;
    /// Clusters get sockets in here, so its path is short, and a folder each below the other for what they
    /// spill, which ends with them. What is there of dead clusters is removed, and all that is in the other.
    std::string socket_directory;
    std::string temp_directory;
    /// See Keepers::Options.
    std::vector<std::string> keeper_command;
    std::chrono::milliseconds orphan_max{0};
    /// From SIGTERM to SIGKILL.
    std::chrono::milliseconds stop_grace{3'000};
    /// Called when a cluster is ready or dead, with no lock held.
    std::function<void(const std::shared_ptr<Cluster>&)> on_change;
    /// For what an operator should know, one line each.
    std::function<void(const std::string& line)> log;
  };

  Fleet(Options options, const base::Clock* clock);
  /// As Stop.
  ~Fleet();

  /// Whoever wants a cluster gets a lease as soon as the policy of placement gives it one, which may be at
  /// once. NOT_FOUND if there is no such engine; UNAVAILABLE if its clusters keep dying while they start, or
  /// if the fleet stops. A number to withdraw it by; 0: it does not wait.
  uint64_t Acquire(Want want);
  /// See Placer.
  bool Withdraw(uint64_t number) { return placer_->Withdraw(number); }
  /// A lease on this very cluster, whatever runs there; nothing unless it is ready and answers.
  std::optional<Lease> Join(const std::shared_ptr<Cluster>& cluster, placement::Request request,
                            const std::string& reason) {
    return placer_->Join(std::move(request), cluster->id(), reason);
  }
  bool Has(const std::string& engine) const { return pools_.count(engine) != 0; }

  /// A connection to this cluster broke: it is dead or of no use any more. Makes sure that it ends, and calls
  /// `dead` once it has and the cause is known, at once if it has already.
  void GiveUp(const std::shared_ptr<Cluster>& cluster, std::function<void()> dead);

  /// How long this cluster has owed an answer to whoever asks it whether it is there; zero: it has answered.
  void Heard(const std::shared_ptr<Cluster>& cluster, std::chrono::milliseconds silent);

  /// Starts a cluster of the first engine if there is none, because work is about to come.
  void Warm();

  /// What waits for a cluster, and what is missing for that.
  size_t waiting() const { return placer_->waiting(); }
  std::vector<placement::Demand> demands() const { return placer_->demands(); }

  /// All that are not dead, and the last few that are.
  struct View {
    std::shared_ptr<Cluster> cluster;
    pid_t pid = 0;
  };
  std::vector<View> Clusters() const;

  /// Looks at what clusters take, and at who gets processors first; call it ten times a second.
  void Observe();
  /// Looks at timeouts; call it every now and then.
  void Sweep();

  /// Ends all clusters and waits until they are gone. Nothing can be acquired from then on.
  void Stop();

  const Options& options() const { return options_; }
  /// How clusters are held to their size: "cgroup v1", "rlimits (no cgroup: ...)".
  std::string limits_by() const;

 private:
  struct Pool {
    const PoolOptions options;
    int started = 0;
    int failed_starts = 0;
    std::optional<base::Instant> start_failed_at = {};
    /// How long the latest one took to be ready.
    base::Instant::duration start_time;
  };
  struct Entry {
    std::shared_ptr<Cluster> cluster;
    Pool* pool = nullptr;
    Keepers::Id process = 0;
    /// When we told it to end, so that its end is nothing to report.
    std::optional<base::Instant> stop_asked;
    /// Why we killed it, "" if we did not.
    std::string killed_because;
  };
  static bool IsAvoided(const PoolOptions& pool, std::chrono::milliseconds silent);
  std::string TempOf(const std::string& id) const;
  size_t ReadyLocked(const Pool& pool) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartLocked(Pool& pool) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  struct Planned {
    std::string address;
    std::string token;
    KeptLaunch launch;
  };
  Planned PlanFor(const PoolOptions& pool, const std::string& id, const std::string& secret) const;
  Keepers::Watcher WatcherOf(const std::string& id, const Engine& engine);
  void AdoptLeft();
  std::string WhyNotAdopt(const Keepers::Left& left, const Pool* pool) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Adopt(const Keepers::Left& left, Pool& pool);
  void RemoveLeavings();
  void StartMissing();
  bool MayStartLocked(const Pool& pool) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OfferLocked(const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnReady(const std::string& id, const std::string& address);
  void OnExit(const std::string& id, const ProcessExit& exit);
  std::string CleanUp(Entry entry, const ProcessExit& exit) const;
  void Log(const std::string& line) const;

  const Options options_;
  const base::Clock& clock_;
  const CgroupHost cgroups_;
  /// Its lock is taken after the one below.
  const std::shared_ptr<Placer> placer_;

  mutable absl::Mutex mutex_;
  /// By the engine's name; which there are never changes, what is in them is guarded by the mutex.
  std::map<std::string, Pool> pools_;
  std::map<std::string, Entry> living_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Cluster>> dead_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  /// Last: its thread calls back until it is gone.
  std::unique_ptr<Keepers> keepers_;
};

}  // namespace hearth::fleet
