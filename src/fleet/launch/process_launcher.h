#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hearth::fleet {

/// How a process ended.
struct ProcessExit {
  /// Its exit status, or nullopt if a signal ended it or it could not be started at all.
  std::optional<int> status;
  int signal = 0;
  /// Set if it could not be started.
  std::string error;
  /// The kernel killed it because its control group was full. Known of kept processes only.
  bool out_of_memory = false;

  /// In words: "exit status 1", "signal 9 (Killed)".
  std::string ToString() const;
};

/// Starts and watches child processes that cannot outlive this one: each is killed by the kernel when this
/// process dies, and holds a pipe (its file descriptor 3, told to it as "--lifeline 3") that ends with it
/// too.
///
/// All of it happens on one permanent thread, because the kernel's promise is bound to the thread that
/// forked. A process leads a group of its own, which is killed with it. Thread-safe. The destructor kills
/// what still runs and waits for it.
class ProcessLauncher {
 public:
  using Id = uint64_t;

  struct Launch {
    /// Why it cannot be started at all, in words: its watcher is told so. "" for what can be.
    std::string impossible;
    /// The program's path and its arguments.
    std::vector<std::string> command;
    /// NAME=VALUE, added to the environment of this process, or in the place of what is there.
    std::vector<std::string> environment;
    /// Its standard error is added to this file; "": it goes where ours goes.
    std::string log_file;
    /// Files that the process writes 0 to before it runs its program, to enter its control groups.
    std::vector<std::string> cgroup_procs_files;
    /// Bound of the data segment for where no control group can be had.
    std::optional<uint64_t> data_bytes_max;
  };
  /// Called on the launcher's thread; must be quick and may call the launcher.
  struct Watcher {
    /// It runs.
    std::function<void(pid_t pid)> on_start = [](pid_t) {};
    /// A line of its standard output, without the end of line.
    std::function<void(const std::string& line)> on_line;
    /// Once, and last.
    std::function<void(const ProcessExit& exit)> on_exit;
  };

  ProcessLauncher();
  ~ProcessLauncher();
  ProcessLauncher(const ProcessLauncher&) = delete;
  ProcessLauncher& operator=(const ProcessLauncher&) = delete;

  Id Start(Launch launch, Watcher watcher);

  /// Sends a signal; nothing happens if the process is over.
  void Signal(Id id, int signal);

  /// The process id, or 0 if it does not run (yet or any more).
  pid_t PidOf(Id id) const;

 private:
  struct Child {
    pid_t pid = 0;
    /// Readable once the process is over; -1 where the kernel has no such thing.
    int pid_fd = -1;
    int stdout_fd = -1;
    int lifeline_fd = -1;
    std::string unfinished_line;
    Watcher watcher;
  };
  struct Request {
    Id id;
    Launch launch;
    Watcher watcher;
  };

  void Serve();
  bool StartRequested();
  void Spawn(Request request);
  bool ReadLines(Child& child);
  void Reap(Id id);
  void Wake();

  int wake_fd_ = -1;
  mutable absl::Mutex mutex_;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Request> requests_ ABSL_GUARDED_BY(mutex_);
  /// Living processes; a pid in here is not reaped yet, so it is nobody else's.
  std::map<Id, pid_t> pids_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  /// Touched by the launcher's thread only.
  std::map<Id, Child> children_;
  std::thread thread_;
};

}  // namespace hearth::fleet
