#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "fleet/launch/cgroup.h"
#include "fleet/launch/keeper_message.h"
#include "fleet/launch/kept_launch.h"
#include "fleet/launch/process_launcher.h"

namespace hearth::fleet {

/// The gateway's side of keepers (keeper.h): starts processes behind them, and takes over those that the
/// gateway before has left. A spare keeper waits for the next start, which costs no time then. Thread-safe.
/// The destructor kills what still runs and waits for it; the end of this process alone does not.
class Keepers {
 public:
  using Id = uint64_t;

  struct Options {
    /// What runs Keep on its descriptor 3: the program's path and its arguments. The socket's path is added,
    /// for whoever looks at processes.
    std::vector<std::string> command;
    /// For their sockets; short, and of our own user.
    std::string directory;
    /// How long a ready process outlives this one.
    std::chrono::milliseconds orphan_max{0};
    /// For what an operator should know, one line each.
    std::function<void(const std::string& line)> log = [](const std::string&) {};
  };

  /// A process that the gateway before has left. Nothing that it was asked to do by that one still runs, if
  /// it has a release signal.
  struct Left {
    Id id = 0;
    KeptLaunch launch;
    std::string encoded;
    /// Where it is ready; "" if it never was.
    std::string ready;
    std::set<std::string> notes;
    std::chrono::milliseconds age{0};
  };

  /// Finds what was left; waits some seconds for those that have to drop what they had from the gateway
  /// before, and kills those that do not.
  explicit Keepers(Options options);
  ~Keepers();
  Keepers(const Keepers&) = delete;
  Keepers& operator=(const Keepers&) = delete;

  /// Waits, as the constructor does, until nothing below that directory still works for a gateway before.
  static void AwaitRelease(const Options& options);

  /// Each is to be watched, or killed.
  std::vector<Left> TakeLeft();

  /// Called on one thread; must be quick and may call this object.
  struct Watcher {
    /// A line of its standard output, without the end of line.
    std::function<void(const std::string& line)> on_line;
    /// Once, and last.
    std::function<void(const ProcessExit& exit)> on_exit;
  };
  Id Start(KeptLaunch launch, Watcher watcher);
  void Watch(Id id, Watcher watcher);

  /// It is ready there: from now on it outlives this process.
  void SayReady(Id id, const std::string& address);
  /// Has the keeper keep something in mind for the next gateway. When this returns the keeper will hear it
  /// even if this process is killed, unless it is hundreds of messages behind.
  void Remember(Id id, const std::string& note);
  void Forget(Id id, const std::string& note);
  /// Nothing happens without a control group.
  void SetShare(Id id, CpuShare share);
  /// Nothing happens if the process is over.
  void Signal(Id id, int signal);

  /// The process id, or 0 if it does not run (yet or any more).
  pid_t PidOf(Id id) const;
  /// Tells what the process holds (MemoryIn in cgroup.h); "": nothing does.
  std::string MemoryFileOf(Id id) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Keeper {
    /// The connection; -1 if there is no keeper yet or it could not be started.
    int socket = -1;
    int pid_fd = -1;
    /// If it is a child of this process.
    pid_t child = 0;
  };
  struct Kept {
    std::string name;
    Keeper keeper = {};
    pid_t pid = 0;
    std::string memory_file;
    Watcher watcher = {};
    /// Said before there was a connection, or room.
    std::deque<KeeperMessage> unsaid = {};
    std::optional<ProcessExit> exit = std::nullopt;
    /// When the keeper itself is killed, because it does not kill.
    std::optional<Clock::time_point> end_by = std::nullopt;
  };

  struct Conversation {
    Left left;
    Kept kept;
  };
  static std::vector<Conversation> FindLeft(const Options& options);
  static void Note(KeeperMessage message, Conversation* found);
  static std::optional<Conversation> Ask(const Options& options, const std::string& name, int socket);
  void Say(Id id, KeeperMessage message);
  void SayUnsaid(Id id);
  static void SayUnsaidLocked(Kept& kept);
  void Serve();
  bool StartRequested();
  struct Connection {
    Id id;
    int socket;
    bool has_unsaid;
  };
  std::vector<Connection> Connections();
  int PauseMs() const;
  void EndOverdue();
  Keeper NewKeeper(const std::string& path) const;
  static void End(const Keeper& keeper);
  std::string PathOf(const std::string& name) const;
  std::string SparePath() const;
  void DropSpare();
  Keeper KeeperAt(const std::string& path);
  void StartKeeper(Id id, const std::string& name);
  void Hear(Id id, int socket);
  void OnMessage(Id id, KeeperMessage message);
  void OnEnd(Id id);
  void Wake();

  const Options options_;
  const int wake_fd_;
  std::vector<Left> left_;
  mutable absl::Mutex mutex_;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Id, Kept> kept_ ABSL_GUARDED_BY(mutex_);
  /// Keepers to start, with their names.
  std::deque<std::pair<Id, std::string>> requests_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  /// Not while something starts, which it would slow down.
  bool spare_wanted_ ABSL_GUARDED_BY(mutex_) = true;
  /// Of the thread.
  std::optional<Keeper> spare_;
  std::thread thread_;
};

}  // namespace hearth::fleet
