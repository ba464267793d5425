#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "fleet/lease.h"
#include "placement/scheduler.h"

namespace hearth::fleet {

/// What wants a cluster.
struct Want {
  /// `operation` is the placer's to say.
  placement::Request request;
  /// Gets the lease, or why there is none. Called once, with no lock held, on any thread.
  std::function<void(absl::StatusOr<Lease>)> use;
  /// The attempt that has this lease shall end and be asked for again, because it would sooner be over
  /// elsewhere, or others would. Called at most once, with no lock held; the attempt may be over by then.
  std::function<void(uint64_t lease, placement::Restart::Why why)> restart;
};

/// Tells the scheduler what happens, and does what it says: hands out leases, asks for clusters. Decides at
/// each event at once, on the thread that tells of it, but for an attempt's end, which comes from under
/// anybody's locks, and time, which have a thread of their own. Thread-safe.
class Placer : public std::enable_shared_from_this<Placer> {
 public:
  /// `missing`: clusters are; see Missing. Called with no lock of this held.
  Placer(placement::Options options, const base::Clock* clock, std::function<void()> missing);
  ~Placer();

  /// A number to withdraw it by, never 0.
  uint64_t Add(Want want);
  /// A lease on this very cluster, whatever runs there. Nothing if it takes nobody.
  std::optional<Lease> Join(placement::Request request, const std::string& cluster, const std::string& why);
  /// It is not wanted any more. False: it does not wait.
  bool Withdraw(uint64_t number);
  /// Those that wait for this engine are told this instead.
  void FailWaiting(const std::string& engine, const absl::Status& why);

  /// A cluster is there, or is otherwise than before. Call Decide afterwards.
  void Put(const std::shared_ptr<Cluster>& cluster, const placement::ClusterOffer& offer);
  void Drop(const std::string& cluster);
  /// Nothing more goes there, unless something runs there: then nothing happens, and it is false.
  bool Retire(const std::string& cluster);

  void Decide();
  /// How many more clusters of this engine would be of use now.
  int Missing(const std::string& engine);
  std::vector<placement::Demand> demands() const;
  size_t waiting() const;

  /// Whoever waits is told that the fleet stops, and whoever comes.
  void Stop();

 private:
  friend class Lease;
  void End(uint64_t operation);
  void Settle(uint64_t operation);
  void DecideLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Does what was decided and not done yet.
  void Act();
  void Run();

  struct Known {
    std::shared_ptr<Cluster> cluster;
    placement::ClusterOffer offer;
  };
  struct Client {
    std::string engine;
    std::function<void(absl::StatusOr<Lease>)> use;
    std::function<void(uint64_t, placement::Restart::Why)> restart;
  };

  const base::Clock& clock_;
  const std::function<void()> missing_;

  mutable absl::Mutex mutex_;
  placement::Scheduler scheduler_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Known> clusters_ ABSL_GUARDED_BY(mutex_);
  /// Those that wait, and of those that run the ones that may be restarted.
  std::unordered_map<uint64_t, Client> clients_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> actions_ ABSL_GUARDED_BY(mutex_);
  std::vector<placement::Demand> demands_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  /// Something has happened that the thread is to look at; it does so often by itself.
  bool is_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_looking_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hearth::fleet
