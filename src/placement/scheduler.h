// The policy of placement: which waiting operation goes to which cluster, when, and why.
//
// One Scheduler holds what waits and what runs in one pool. Events go in, decisions come out; time is an
// argument. No clock, no I/O, no thread, no randomness, and nothing that hangs on an address or the order of
// a hash table: the same calls give the same decisions, in production and in the simulator. docs/placement.md
// tells the rules.
//
// Use: report each event, then call Decide with the same time and do what it says; call Decide again at
// next(). A placement that Decide gives has happened as far as the scheduler is concerned: report its end
// with Ended, also when the cluster refused it or died (the cluster's own fate is Put or Drop), and Add it
// again if it shall be tried again.
//
// Events that make no sense change nothing and answer false: an id that waits or runs already, one that is
// unknown, one that is over. A time before the latest one counts as the latest one.
//
// Thread-compatible: the owner locks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace hearth::placement {

using base::Instant;
using Duration = base::Instant::duration;

enum class Profile { kInteractive, kBatch };

/// A quantity that is not known for sure: half of the time it is at most `median`, 99% of the time at most
/// `p99`.
struct Spread {
  double median = 0;
  double p99 = 0;
};

/// What an operation is expected to need, as far as placement asks. Any value may be absurd (NaN, negative,
/// infinite, 1e30): Options says what counts instead, and the operation still runs.
struct Expectation {
  Spread work_seconds;  ///< of one core
  Spread memory_bytes;
  std::string source;  ///< where it comes from, in words: "history of 12 runs", "plan"
};

/// An operation that wants a cluster.
struct Request {
  uint64_t operation = 0;
  std::string user;
  std::string engine = "native";
  Expectation estimate;
  Profile profile = Profile::kInteractive;
  /// Clusters that its session has been on; any other needs `catch_up` before it can begin.
  std::vector<std::string> warm;
  Duration catch_up{0};
  /// Nothing is lost but time if the attempt is killed and begun again elsewhere.
  bool may_restart = false;
  /// Of an operation that was tried before: when it first came, how often the scheduler has asked for its
  /// restart, and the longest that an attempt ran without coming to its end, which counts as a lower bound of
  /// its work.
  std::optional<Instant> since;
  int restarts = 0;
  Duration attained{0};
};

/// A cluster, as the fleet tells of it.
struct ClusterOffer {
  enum class State {
    kStarting,  ///< expected to be ready at `ready_at`
    kReady,
    kDraining,  ///< takes nothing more and ends with what runs on it
    kAvoided,   ///< takes nothing for now: it has been silent, say
  };
  std::string id;
  std::string engine = "native";
  uint64_t memory_bytes = 0;  ///< of the whole cluster
  int slots = 1;              ///< attempts that it may run at once
  State state = State::kReady;
  Instant ready_at{};
};

/// What holds for the clusters of one engine.
struct EngineRules {
  /// An operation whose work is expected to be more than this has its cluster alone.
  Duration shared_work_max = Duration::max();
  /// The cores that one operation is expected to keep busy: run time is work divided by these.
  double parallelism = 1;
  /// So many cores are given out over all clusters: one to what shares its cluster, `parallelism` to what is
  /// alone, none any more to what is a suspect or has run for long_work. What finds none waits in the queue,
  /// where it has its turn.
  double cores = std::numeric_limits<double>::infinity();
  /// A running operation past its estimate's p99 closes its whole cluster. False where slots do not disturb
  /// each other.
  bool suspects_close = true;
  /// Whoever shares a cluster and has run for so long is a suspect, whatever was expected of it.
  Duration shared_run_max = Duration::max();
  /// Long work that has waited for so long takes an empty cluster beyond its share.
  Duration long_patience = Duration::max();
  /// What has waited for so long, and for as long as it is expected to run, goes where only suspects run and
  /// what has run for long_work, one at a time, rather than wait for their end.
  Duration beside_after = Duration::max();
  /// A new cluster, as candidates and demands see it.
  Duration start_time = std::chrono::seconds(2);
  int slots = 1;
  uint64_t memory_bytes = uint64_t{2} << 30;
};

/// Every limit of the policy.
struct Options {
  /// By engine; the default of EngineRules for those that are not here.
  std::map<std::string, EngineRules> engines;

  // What stands for an estimate that is missing (not a positive number) or absurd.
  Duration unknown_work = std::chrono::seconds(1);
  Duration work_max = std::chrono::hours(24 * 7);
  uint64_t unknown_memory = uint64_t{256} << 20;
  /// p99 over median where an estimate gives no p99 of its own (at least the median). 26 is that of a
  /// lognormal with sigma 1.4.
  int unknown_spread = 26;

  /// Nobody is a suspect before he has run for this.
  Duration suspect_min = std::chrono::milliseconds(100);

  // Queue order.
  /// Nothing is passed over by what came later than this after it; what has waited for so long comes first,
  /// whosever and however long it is.
  Duration passed_over_max = std::chrono::hours(24);
  /// An operation with this much work expects to be passed over for half of that; smaller ones for less, in
  /// proportion.
  Duration half_patience_work = std::chrono::minutes(30);
  /// Work of a batch operation counts so many times in the order.
  int batch_weight = 4;

  // Fairness.
  /// A user may be ahead of another who waits by this much time of the whole pool.
  Duration fair_lead = std::chrono::milliseconds(50);

  // Long work.
  /// Expected or attained work from which an operation is long.
  Duration long_work = std::chrono::seconds(10);
  /// Slots are kept from long work: one of so many before anything is learned; then the average number of
  /// short operations that wait or run, over about `learning_time`, and `kept_spread` times its root, within
  /// the two bounds in percent of all slots.
  int kept_from_long = 8;
  Duration learning_time = std::chrono::minutes(15);
  double kept_spread = 1;
  int kept_percent_min = 6;
  int kept_percent_max = 25;

  // Memory.
  /// Part of each cluster's memory that estimates may not fill, in percent.
  int headroom_percent = 10;

  // Large operations.
  /// One that does not fit is kept a place after it has waited for this.
  Duration reserve_after = std::chrono::milliseconds(100);
  /// So many that do not fit are stepped over to find some that do.
  size_t set_aside_max = 32;

  /// One that needs more memory than any cluster there is, but not more than a new one has, waits so long for
  /// a larger one. Then it has the largest there is alone.
  Duration larger_after = std::chrono::seconds(30);

  // Restarts.
  /// 0: running attempts are left alone.
  int restarts_max = 0;
  /// Work thrown away by restarts, at most this much of all work done, in thousandths.
  int wasted_permille_max = 30;

  /// Candidates that a reason names, at most.
  size_t candidates_max = 4;
};

/// A place that was considered, as predicted then: finish = now + wait + start + catch_up + run.
struct Candidate {
  std::string cluster;  ///< "": a new one
  Duration wait{0};     ///< until there is room
  Duration start{0};    ///< until the cluster is ready
  Duration catch_up{0};
  Duration run{0};
  Duration finish() const { return wait + start + catch_up + run; }
};

/// What decided a placement.
enum class Because {
  kWarm,      ///< its session has been on the cluster
  kOnly,      ///< no other had room
  kBestFit,   ///< of those with room, the one it fills best
  kEmpty,     ///< it has the cluster alone, the smallest that is large enough
  kReserved,  ///< the cluster was kept for it
  kBackfill,  ///< it will be over before the one that the cluster is kept for can begin
  kLargest,   ///< expected to need more memory than any cluster has: the largest, alone
  kBeside,    ///< of what runs there no end can be told, and it has waited for long enough
};

struct Reason {
  Because because = Because::kOnly;
  /// The chosen one first. At most Options::candidates_max.
  std::vector<Candidate> candidates;
  /// The estimate that was gone by, after absurd values were replaced, and where it came from.
  Expectation estimate;
  Duration waited{0};
  Instant predicted_finish{};
};
/// One sentence for people.
std::string Text(const Reason& reason);
std::string Text(Because because);

/// Who comes first where operations want the same processors, as far as can be told before they run.
enum class Rank {
  kFirst,   ///< small, and somebody waits for it
  kMiddle,  ///< one of the two
  kLast,    ///< neither
};

struct Placement {
  uint64_t operation = 0;
  std::string cluster;
  Rank rank = Rank::kFirst;
  Reason reason;
};

/// Capacity that is missing now. A state, not an event: it is told until it is gone.
struct Demand {
  enum class Why {
    kNoCluster,        ///< the engine has none that is ready or starting
    kNoRoom,           ///< all are full, closed by a suspect, draining or avoided
    kTooLittleMemory,  ///< none is large enough for what waits
  };
  std::string engine;
  int count = 0;                      ///< clusters, besides those that are starting
  uint64_t memory_bytes = 0;          ///< the most that one of the waiting operations is expected to need
  Profile profile = Profile::kBatch;  ///< interactive if one of them is
  Instant since{};
  Why why = Why::kNoRoom;
  size_t waiting = 0;  ///< operations that wait for this engine
};
std::string Text(const Demand& demand);

/// A running operation that is past its estimate's p99.
struct Suspect {
  uint64_t operation = 0;
  std::string cluster;
  Instant since{};
};

/// Kill this attempt, report Ended, and Add the operation again with since, attained and restarts + 1.
struct Restart {
  enum class Why {
    kMakesRoom,      ///< it is longer than was expected, and shorter ones wait for its slot
    kSuspectBeside,  ///< it shares its cluster with a suspect, and has room elsewhere
  };
  uint64_t operation = 0;
  std::string cluster;
  Why why = Why::kMakesRoom;
};

struct Decisions {
  std::vector<Placement> placements;
  std::vector<Restart> restarts;
  /// Those that became suspects now.
  std::vector<Suspect> suspects;
  /// All that is missing now, by engine.
  std::vector<Demand> demands;
};

class Pool;

class Scheduler {
 public:
  explicit Scheduler(Options options = {});
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;

  /// An operation waits for a cluster. False: one with this id waits or runs.
  bool Add(Instant now, Request request);
  /// An operation runs on this cluster from now on, whether or not that has room. False: one with this id
  /// waits or runs, or there is no such cluster of its engine.
  bool Occupy(Instant now, Request request, const std::string& cluster);
  /// It does not wait any more. False: it does not wait.
  bool Withdraw(Instant now, uint64_t operation);
  /// The attempt is over, for whatever reason. False: it does not run.
  bool Ended(Instant now, uint64_t operation);
  /// The attempt can not be restarted from now on (its rows were delivered, say). False: it does not run.
  bool Settle(Instant now, uint64_t operation);

  /// A new cluster, or what is new of a known one. A cluster keeps what runs on it, even if that is more than
  /// it offers now. False: the id belongs to a cluster of another engine, or is empty.
  bool Put(Instant now, const ClusterOffer& cluster);
  /// It is gone. What ran there stays known, with its cluster gone, until its Ended. False: unknown.
  bool Drop(Instant now, const std::string& cluster);

  /// What to do now.
  Decisions Decide(Instant now);
  /// When time alone changes what Decide would say; nullopt: it never does.
  std::optional<Instant> next() const;

  size_t waiting() const;
  size_t running() const;
  /// Running operations that are past their estimate's p99.
  std::vector<Suspect> suspects() const;

 private:
  std::unique_ptr<Pool> pool_;
};

}  // namespace hearth::placement
