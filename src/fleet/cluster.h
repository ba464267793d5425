#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "fleet/launch/cgroup.h"
#include "fleet/launch/keepers.h"

namespace hearth::fleet {

/// The life of a cluster goes through these from left to right; it may die from any.
enum class ClusterState { kStarting, kReady, kDraining, kDead };

std::string_view ToString(ClusterState state);

/// How a cluster ended: by somebody's hand, by its own want of memory, or by itself.
enum class Death { kNone, kKilled, kOutOfMemory, kCrashed };

/// What a cluster took during a lease, for all that ran on it.
struct ClusterUsage {
  /// The most that its control group was seen to hold, files aside; 0: not seen.
  uint64_t peak_memory_bytes = 0;
  /// What it held when nothing ran there last; 0: not seen.
  uint64_t idle_memory_bytes = 0;
  /// Others had leases meanwhile.
  bool shared = false;
  /// Of its process without children; negative: not known.
  double cpu_seconds = -1;
};

/// One running engine. Shared by the fleet and by every attempt on it; its fleet alone changes its state.
/// Thread-safe.
class Cluster {
 public:
  Cluster(std::string id, std::string engine, std::string address, std::string token, base::Instant started,
          std::string version = "")
      : id_(std::move(id)),
        engine_(std::move(engine)),
        version_(std::move(version)),
        token_(std::move(token)),
        started_(started),
        address_(std::move(address)) {}

  /// Unique while the fleet lives: "native-1".
  const std::string& id() const { return id_; }
  /// "native" or "spark".
  const std::string& engine() const { return engine_; }
  /// Of the engine; "" if it is not known.
  const std::string& version() const { return version_; }
  /// What its callers show as their bearer token; "" if it asks for none.
  const std::string& token() const { return token_; }
  /// Where it listens, as a gRPC target; may be "" until it is ready.
  std::string address() const {
    absl::MutexLock lock(&mutex_);
    return address_;
  }
  base::Instant started() const { return started_; }

  ClusterState state() const { return state_; }
  /// Attempts on it now.
  int running() const { return running_; }
  /// How long it has owed an answer, as Fleet::Heard was told; zero if it owes none.
  std::chrono::milliseconds silent() const { return std::chrono::milliseconds(silent_ms_); }
  /// Time from start to ready; zero before.
  std::chrono::milliseconds start_duration() const { return std::chrono::milliseconds(start_duration_ms_); }
  /// Why it died, in words; empty before.
  std::string cause_of_death() const {
    absl::MutexLock lock(&mutex_);
    return cause_of_death_;
  }
  Death death() const { return death_; }

  /// A gateway before this one has started it.
  bool is_adopted() const { return is_adopted_; }
  /// What that one had it remember.
  const std::set<std::string>& left_notes() const { return left_notes_; }
  /// Has a note kept for the next gateway, should this one be killed, before anything else happens. Nothing
  /// happens if the cluster is dead.
  void Remember(const std::string& note);
  void Forget(const std::string& note);

  /// It has what cannot be brought to another one: it is not stopped however long nobody uses it.
  void Keep() { is_kept_ = true; }

  /// Processor time of its process since its start; negative if it is not known.
  double cpu_seconds() const;
  /// Looks at its memory, for whoever has a lease, and at how long they have it. The share of contended
  /// processors is as large as the most urgent lease would have it, and of what has been there for
  /// kForegroundMax it is the least. So a query that takes long, whatever was expected of it, hardly slows
  /// down those that do not.
  void Sample(base::Instant now);
  static constexpr std::chrono::milliseconds kForegroundMax{250};
  /// What it was given last.
  CpuShare share() const {
    absl::MutexLock lock(&mutex_);
    return share_.value_or(CpuShare::kWhole);
  }

 private:
  friend class Fleet;
  friend class Lease;
  /// What somebody holds a lease for.
  struct Run {
    Run(base::Instant now, CpuShare worth) : began(now), share(worth) {}
    const base::Instant began;
    const CpuShare share;
    std::atomic<uint64_t> peak_memory{0};
    std::atomic<bool> shared{false};
  };
  std::shared_ptr<Run> BeginRun(base::Instant now, CpuShare share);
  std::vector<std::shared_ptr<Run>> LivingLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetShareLocked(base::Instant now, const std::vector<std::shared_ptr<Run>>& runs)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const std::string engine_;
  const std::string version_;
  const std::string token_;
  const base::Instant started_;
  std::atomic<ClusterState> state_{ClusterState::kStarting};
  std::atomic<int> running_{0};
  std::atomic<int64_t> silent_ms_{0};
  std::atomic<int64_t> start_duration_ms_{0};
  std::atomic<base::Instant::rep> last_used_{0};
  std::atomic<Death> death_{Death::kNone};
  std::atomic<pid_t> pid_{0};
  std::atomic<bool> is_kept_{false};
  std::atomic<uint64_t> idle_memory_{0};
  bool is_adopted_ = false;
  std::set<std::string> left_notes_;
  mutable absl::Mutex mutex_;
  /// nullptr: nobody keeps it, or it is dead.
  Keepers* keepers_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Keepers::Id process_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::weak_ptr<Run>> runs_ ABSL_GUARDED_BY(mutex_);
  /// nullopt: a gateway before this one gave it, and did not say what.
  std::optional<CpuShare> share_ ABSL_GUARDED_BY(mutex_) = CpuShare::kWhole;
  /// Tells what its control group holds; "": nothing does.
  std::string memory_file_ ABSL_GUARDED_BY(mutex_);
  std::string address_ ABSL_GUARDED_BY(mutex_);
  std::string cause_of_death_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> on_death_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hearth::fleet
