#include "fleet/launch/process_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace hearth::fleet {

namespace {

constexpr int kLifelineFd = 3;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe MakePipe() {
  int ends[2];
  HEARTH_CHECK(::pipe2(ends, O_CLOEXEC) == 0) << "pipe: " << ::strerror(errno);
  return {ends[0], ends[1]};
}

/// What the child does between fork and exec: system calls only, with everything prepared before.
struct ChildPlan {
  char* const* argv;
  char* const* environment;
  const std::vector<int>& procs_fds;
  const rlimit* data_limit;
  int stdin_fd;
  int stdout_fd;
  int stderr_fd;
  int lifeline_fd;
  int error_fd;
  pid_t parent;
};

[[noreturn]] void RunChild(const ChildPlan& plan) {
  // A group of its own: an interrupt typed at the terminal is for the parent, which gives running work its
  // grace.
  ::setpgid(0, 0);
  bool ok = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == plan.parent;
  for (const int fd : plan.procs_fds) ok = ok && ::write(fd, "0", 1) == 1;
  if (plan.data_limit != nullptr) ok = ok && ::setrlimit(RLIMIT_DATA, plan.data_limit) == 0;
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Each of these is above 3 (see AboveLifeline), so that none overwrites another.
  ok = ok && ::dup2(plan.stdin_fd, STDIN_FILENO) >= 0 && ::dup2(plan.stdout_fd, STDOUT_FILENO) >= 0 &&
       ::dup2(plan.stderr_fd, STDERR_FILENO) >= 0 && ::dup2(plan.lifeline_fd, kLifelineFd) >= 0;
  if (ok) ::execve(plan.argv[0], plan.argv, plan.environment);
  const int error = errno;
  (void)!::write(plan.error_fd, &error, sizeof error);
  ::_exit(127);
}

/// Descriptors 0 to 3 are given a meaning in the child, so nothing else may be there.
int AboveLifeline(int fd) {
  if (fd > kLifelineFd) return fd;
  const int higher = ::fcntl(fd, F_DUPFD_CLOEXEC, kLifelineFd + 1);
  HEARTH_CHECK(higher >= 0);
  ::close(fd);
  return higher;
}

/// The environment of this process with some of it replaced: pointers into ours and into `changes`.
std::vector<char*> EnvironmentWith(std::vector<std::string>& changes) {
  const auto name_of = [](absl::string_view pair) { return pair.substr(0, pair.find('=')); };
  std::vector<char*> environment;
  for (char** pair = ::environ; *pair != nullptr; ++pair) {
    const bool replaced = std::any_of(changes.begin(), changes.end(), [&](const std::string& change) {
      return name_of(change) == name_of(*pair);
    });
    if (!replaced) environment.push_back(*pair);
  }
  for (std::string& change : changes) environment.push_back(change.data());
  environment.push_back(nullptr);
  return environment;
}

/// For standard error. Without the file it goes where ours goes.
int OpenLog(const std::string& file) {
  const int fd = file.empty() ? -1 : ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return fd >= 0 ? fd : ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, kLifelineFd + 1);
}

}  // namespace

std::string ProcessExit::ToString() const {
  if (!error.empty()) return error;
  if (status) return absl::StrCat("exit status ", *status);
  return absl::StrCat("signal ", signal, " (", ::strsignal(signal), ")");
}

ProcessLauncher::ProcessLauncher() : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  HEARTH_CHECK(wake_fd_ >= 0);
  thread_ = std::thread([this] { Serve(); });
}

ProcessLauncher::~ProcessLauncher() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [id, pid] : pids_) ::kill(pid, SIGKILL);
  }
  Wake();
  thread_.join();
  ::close(wake_fd_);
}

void ProcessLauncher::Wake() {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

ProcessLauncher::Id ProcessLauncher::Start(Launch launch, Watcher watcher) {
  Id id;
  {
    absl::MutexLock lock(&mutex_);
    id = ++last_id_;
    requests_.push_back({id, std::move(launch), std::move(watcher)});
  }
  Wake();
  return id;
}

void ProcessLauncher::Signal(Id id, int signal) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = pids_.find(id); found != pids_.end()) ::kill(found->second, signal);
}

pid_t ProcessLauncher::PidOf(Id id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = pids_.find(id);
  return found == pids_.end() ? 0 : found->second;
}

// ---- the launcher's thread ----

void ProcessLauncher::Serve() {
  ::pthread_setname_np(::pthread_self(), "launcher");
  while (StartRequested() || !children_.empty()) {
    std::vector<pollfd> polled = {{wake_fd_, POLLIN, 0}};
    std::vector<Id> ids;
    for (const auto& [id, child] : children_) {
      polled.push_back({child.stdout_fd, POLLIN, 0});
      polled.push_back({child.pid_fd, POLLIN, 0});  // Skipped by poll if it is -1.
      ids.push_back(id);
    }
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[0].revents != 0) {
      uint64_t count;
      (void)!::read(wake_fd_, &count, sizeof count);
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const bool over = polled[2 * i + 2].revents != 0;
      if (!over && polled[2 * i + 1].revents == 0) continue;
      // A process whose standard output is closed is of no use any more, if it is not over already. What is
      // over may have left children that hold its standard output, so both are looked at.
      if (!ReadLines(children_.at(ids[i])) || over) Reap(ids[i]);
    }
  }
}

/// False once the launcher is to stop.
bool ProcessLauncher::StartRequested() {
  std::deque<Request> requests;
  bool stopping;
  {
    absl::MutexLock lock(&mutex_);
    requests.swap(requests_);
    stopping = stopping_;
  }
  for (Request& request : requests) {
    if (stopping || !request.launch.impossible.empty()) {
      request.watcher.on_exit({.error = stopping ? "the launcher is stopping" : request.launch.impossible});
    } else {
      Spawn(std::move(request));
    }
  }
  return !stopping;
}

void ProcessLauncher::Spawn(Request request) {
  std::vector<char*> argv;
  for (std::string& argument : request.launch.command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<int> procs_fds;
  for (const std::string& file : request.launch.cgroup_procs_files) {
    procs_fds.push_back(AboveLifeline(::open(file.c_str(), O_WRONLY | O_CLOEXEC)));
  }
  rlimit data_limit{};
  if (request.launch.data_bytes_max)
    data_limit = {*request.launch.data_bytes_max, *request.launch.data_bytes_max};
  Pipe out = MakePipe();
  Pipe lifeline = MakePipe();
  Pipe error = MakePipe();
  out.write = AboveLifeline(out.write);
  lifeline.read = AboveLifeline(lifeline.read);
  error.write = AboveLifeline(error.write);
  const int null = AboveLifeline(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int log = AboveLifeline(OpenLog(request.launch.log_file));
  const std::vector<char*> environment = EnvironmentWith(request.launch.environment);

  const ChildPlan plan{
      argv.data(), environment.data(), procs_fds, request.launch.data_bytes_max ? &data_limit : nullptr,
      null,        out.write,          log,       lifeline.read,
      error.write, ::getpid()};
  // Not fork(): its handlers are not meant for a child that only runs another program.
  const pid_t pid = ::_Fork();
  if (pid == 0) RunChild(plan);
  for (const int fd : procs_fds) ::close(fd);
  for (const int fd : {out.write, lifeline.read, error.write, null, log}) ::close(fd);
  int child_error = pid < 0 ? errno : 0;
  // Ends at the child's exec, which closes the pipe, or tells why there is none.
  if (pid > 0) (void)!::read(error.read, &child_error, sizeof child_error);
  ::close(error.read);
  if (child_error != 0) {
    if (pid > 0) ::waitpid(pid, nullptr, 0);
    ::close(out.read);
    ::close(lifeline.write);
    request.watcher.on_exit({.error = absl::StrCat("cannot run ", request.launch.command.front(), ": ",
                                                   ::strerror(child_error))});
    return;
  }
  ::fcntl(out.read, F_SETFL, O_NONBLOCK);
  const int pid_fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  {
    absl::MutexLock lock(&mutex_);
    pids_[request.id] = pid;
    if (stopping_) ::kill(pid, SIGKILL);
  }
  request.watcher.on_start(pid);
  children_[request.id] = {pid, pid_fd, out.read, lifeline.write, "", std::move(request.watcher)};
}

/// Reads what is there. False at the end of the stream.
bool ProcessLauncher::ReadLines(Child& child) {
  char buffer[4096];
  while (true) {
    const ssize_t size = ::read(child.stdout_fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return true;
    if (size <= 0) return false;
    child.unfinished_line.append(buffer, static_cast<size_t>(size));
    size_t end;
    while ((end = child.unfinished_line.find('\n')) != std::string::npos) {
      const std::string line = child.unfinished_line.substr(0, end);
      child.unfinished_line.erase(0, end + 1);
      child.watcher.on_line(line);
    }
  }
}

void ProcessLauncher::Reap(Id id) {
  Child child = std::move(children_.at(id));
  children_.erase(id);
  ::kill(child.pid, SIGKILL);
  ::kill(-child.pid, SIGKILL);  // What it started itself.
  if (child.pid_fd >= 0) ::close(child.pid_fd);
  ::close(child.stdout_fd);
  ::close(child.lifeline_fd);
  int status = 0;
  {
    // Under the lock, so that nobody signals a pid that has become another process's.
    absl::MutexLock lock(&mutex_);
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    pids_.erase(id);
  }
  ProcessExit exit;
  if (WIFEXITED(status)) exit.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  child.watcher.on_exit(exit);
}

}  // namespace hearth::fleet
