#include "fleet/launch/keepers.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace hearth::fleet {

namespace {

using Kind = KeeperMessage::Kind;
using std::chrono::milliseconds;

constexpr char kSuffix[] = ".keep";
constexpr int kListeningFd = 3;
/// A process that has not dropped by then what it had from the gateway before is killed.
constexpr timeval kAnswerMax{.tv_sec = 5, .tv_usec = 0};
/// A keeper that has not killed by then is killed itself, and its process by the kernel with it.
constexpr milliseconds kKillMax{5'000};
/// Messages that wait for a keeper to have room.
constexpr size_t kUnsaidMax = 100'000;

int PidFdOf(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

/// How it ended, if this message tells that.
std::optional<ProcessExit> ExitIn(const KeeperMessage& message) {
  ProcessExit exit;
  switch (message.kind) {
    case Kind::kStatus: exit.status = static_cast<int>(message.number); return exit;
    case Kind::kOutOfMemory: exit.out_of_memory = true; [[fallthrough]];
    case Kind::kEndedBySignal: exit.signal = static_cast<int>(message.number); return exit;
    case Kind::kNotStarted: exit.error = message.text; return exit;
    default: return std::nullopt;
  }
}

/// Starts the program with `listening` as its descriptor 3, away from this process's terminal and standard
/// output, which it may outlive. 0 and errno if that cannot be.
pid_t Spawn(const std::vector<std::string>& command, const std::string& path, int listening) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(const_cast<char*>(path.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, listening, kListeningFd);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t how;
  ::posix_spawnattr_init(&how);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, argv[0], &files, &how, argv.data(), ::environ);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&files);
  errno = error;
  return error == 0 ? pid : 0;
}

}  // namespace

Keepers::Keepers(Options options)
    : options_(std::move(options)), wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  HEARTH_CHECK(wake_fd_ >= 0);
  for (Conversation& found : FindLeft(options_)) {
    absl::MutexLock lock(&mutex_);
    found.left.id = ++last_id_;
    ::fcntl(found.kept.keeper.socket, F_SETFL, O_NONBLOCK);
    kept_.emplace(found.left.id, std::move(found.kept));
    left_.push_back(std::move(found.left));
  }
  thread_ = std::thread([this] { Serve(); });
}

Keepers::~Keepers() {
  std::vector<Id> ids;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [id, kept] : kept_) ids.push_back(id);
  }
  for (const Id id : ids) Signal(id, SIGKILL);
  Wake();
  thread_.join();
  ::close(wake_fd_);
}

void Keepers::Wake() {
  const uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

// ---- what was left ----

std::vector<Keepers::Conversation> Keepers::FindLeft(const Options& options) {
  std::error_code error;
  std::vector<std::filesystem::path> sockets;
  for (const auto& entry : std::filesystem::directory_iterator(options.directory, error)) {
    if (entry.path().extension() == kSuffix) sockets.push_back(entry.path());
  }
  std::vector<Conversation> found;
  for (const std::filesystem::path& path : sockets) {
    const int socket = ConnectTo(path);
    if (socket < 0) {
      // Of a keeper that was killed. What it kept has died with it.
      if (errno == ECONNREFUSED) std::filesystem::remove(path, error);
      continue;
    }
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kAnswerMax, sizeof kAnswerMax);
    if (auto conversation = Ask(options, path.stem(), socket)) {
      found.push_back(*std::move(conversation));
    } else {
      ::close(socket);  // If it is there still it ends by itself.
    }
  }
  return found;
}

std::optional<Keepers::Conversation> Keepers::Ask(const Options& options, const std::string& name,
                                                  int socket) {
  if (!IsOurOwn(socket) || !Send(socket, {Kind::kAdopt})) return std::nullopt;
  Conversation found;
  found.kept.name = name;
  found.kept.keeper.socket = socket;
  pid_t keeper = 0;
  bool released = false;
  while (keeper == 0 || !released) {
    std::optional<KeeperMessage> message = Receive(socket);
    if (!message && errno != EAGAIN) return std::nullopt;
    if (!message) {
      options.log(absl::StrCat(name, " does not let go of what it did for the gateway before"));
      (void)Send(socket, {Kind::kSignal, "", SIGKILL});
      while (Receive(socket)) {  // Until it is gone, and its keeper with it.
      }
      return std::nullopt;
    }
    if (ExitIn(*message)) return std::nullopt;
    if (message->kind == Kind::kAll) keeper = static_cast<pid_t>(message->number);
    released |= message->kind == Kind::kReleased;
    Note(*std::move(message), &found);
  }
  // One of another version of Hearth cannot be read, and is nothing that anybody would start.
  if (auto launch = KeptLaunch::Decode(found.left.encoded); launch.ok())
    found.left.launch = *std::move(launch);
  found.left.launch.name = name;
  found.kept.keeper.pid_fd = PidFdOf(keeper);
  return found;
}

void Keepers::Note(KeeperMessage message, Conversation* found) {
  switch (message.kind) {
    case Kind::kLaunch:
      found->left.encoded = std::move(message.text);
      found->left.age = milliseconds(message.number);
      return;
    case Kind::kReady: found->left.ready = std::move(message.text); return;
    case Kind::kStarted:
      found->kept.pid = static_cast<pid_t>(message.number);
      found->kept.memory_file = std::move(message.text);
      return;
    case Kind::kNote: found->left.notes.insert(std::move(message.text)); return;
    default: return;
  }
}

void Keepers::AwaitRelease(const Options& options) {
  for (const Conversation& found : FindLeft(options)) {
    ::close(found.kept.keeper.socket);
    ::close(found.kept.keeper.pid_fd);
  }
}

std::vector<Keepers::Left> Keepers::TakeLeft() { return std::exchange(left_, {}); }

void Keepers::Watch(Id id, Watcher watcher) {
  {
    absl::MutexLock lock(&mutex_);
    const auto found = kept_.find(id);
    if (found != kept_.end()) {
      found->second.watcher = std::exchange(watcher, {});
      return;
    }
  }
  watcher.on_exit({.signal = SIGKILL});  // It has died since.
}

// ---- what the fleet asks for ----

Keepers::Id Keepers::Start(KeptLaunch launch, Watcher watcher) {
  Id id;
  {
    absl::MutexLock lock(&mutex_);
    id = ++last_id_;
    Kept kept{.name = launch.name, .watcher = std::move(watcher)};
    if (!launch.process.impossible.empty()) kept.exit = ProcessExit{.error = launch.process.impossible};
    kept.unsaid.push_back({Kind::kStart, launch.Encode()});
    requests_.emplace_back(id, launch.name);
    kept_.emplace(id, std::move(kept));
  }
  Wake();
  return id;
}

void Keepers::Say(Id id, KeeperMessage message) {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(id);
  if (found == kept_.end()) return;
  Kept& kept = found->second;
  kept.unsaid.push_back(std::move(message));
  SayUnsaidLocked(kept);
  if (!kept.unsaid.empty()) Wake();
}

/// As much as there is room for.
void Keepers::SayUnsaidLocked(Kept& kept) {
  if (kept.keeper.socket < 0) return;
  while (!kept.unsaid.empty() && Send(kept.keeper.socket, kept.unsaid.front())) kept.unsaid.pop_front();
  const bool is_slow = errno == EAGAIN && kept.unsaid.size() < kUnsaidMax;
  // A keeper that is gone, or takes nothing, is of no use.
  if (!kept.unsaid.empty() && !is_slow) ::shutdown(kept.keeper.socket, SHUT_RDWR);
}

void Keepers::SayReady(Id id, const std::string& address) {
  Say(id, {Kind::kReady, address, options_.orphan_max.count()});
  {
    absl::MutexLock lock(&mutex_);
    spare_wanted_ = true;
  }
  Wake();
}

void Keepers::Remember(Id id, const std::string& note) { Say(id, {Kind::kRemember, note}); }

void Keepers::Forget(Id id, const std::string& note) { Say(id, {Kind::kForget, note}); }

void Keepers::SetShare(Id id, CpuShare share) { Say(id, {Kind::kShare, "", static_cast<int64_t>(share)}); }

void Keepers::Signal(Id id, int signal) {
  Say(id, {Kind::kSignal, "", signal});
  if (signal != SIGKILL) return;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = kept_.find(id);
    if (found == kept_.end() || found->second.end_by) return;
    found->second.end_by = Clock::now() + kKillMax;
  }
  Wake();
}

pid_t Keepers::PidOf(Id id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(id);
  return found == kept_.end() || found->second.exit ? 0 : found->second.pid;
}

std::string Keepers::MemoryFileOf(Id id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = kept_.find(id);
  return found == kept_.end() ? "" : found->second.memory_file;
}

// ---- the thread ----

void Keepers::Serve() {
  ::pthread_setname_np(::pthread_self(), "keepers");
  while (StartRequested()) {
    const std::vector<Connection> connections = Connections();
    std::vector<pollfd> polled = {{wake_fd_, POLLIN, 0}};
    for (const Connection& connection : connections) {
      const int events = connection.has_unsaid ? POLLIN | POLLOUT : POLLIN;
      polled.push_back({connection.socket, static_cast<short>(events), 0});
    }
    if (::poll(polled.data(), polled.size(), PauseMs()) < 0) continue;
    if (polled[0].revents != 0) {
      uint64_t count;
      (void)!::read(wake_fd_, &count, sizeof count);
    }
    for (size_t i = 0; i < connections.size(); ++i) {
      if (polled[i + 1].revents & POLLOUT) SayUnsaid(connections[i].id);
      if (polled[i + 1].revents & ~POLLOUT) Hear(connections[i].id, connections[i].socket);
    }
    EndOverdue();
  }
  DropSpare();
}

void Keepers::DropSpare() {
  if (!spare_) return;
  End(*std::exchange(spare_, std::nullopt));
  ::unlink(SparePath().c_str());
}

/// False once all is over.
bool Keepers::StartRequested() {
  std::deque<std::pair<Id, std::string>> requests;
  bool spare_wanted;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_ && kept_.empty()) return false;
    requests.swap(requests_);
    if (!requests.empty()) spare_wanted_ = false;
    spare_wanted = spare_wanted_ && !stopping_;
  }
  for (const auto& [id, name] : requests) StartKeeper(id, name);
  if (spare_wanted && !spare_) spare_ = NewKeeper(SparePath());
  return true;
}

std::vector<Keepers::Connection> Keepers::Connections() {
  absl::MutexLock lock(&mutex_);
  std::vector<Connection> connections;
  for (const auto& [id, kept] : kept_) {
    if (kept.keeper.socket >= 0) connections.push_back({id, kept.keeper.socket, !kept.unsaid.empty()});
  }
  return connections;
}

void Keepers::SayUnsaid(Id id) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = kept_.find(id); found != kept_.end()) SayUnsaidLocked(found->second);
}

int Keepers::PauseMs() const {
  absl::MutexLock lock(&mutex_);
  int64_t pause = -1;
  for (const auto& [id, kept] : kept_) {
    if (!kept.end_by) continue;
    const int64_t left = std::chrono::ceil<milliseconds>(*kept.end_by - Clock::now()).count();
    pause = pause < 0 ? std::max<int64_t>(left, 0) : std::clamp<int64_t>(left, 0, pause);
  }
  return static_cast<int>(pause);
}

void Keepers::EndOverdue() {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, kept] : kept_) {
    if (!kept.end_by || *kept.end_by > Clock::now()) continue;
    kept.end_by = std::nullopt;
    if (kept.keeper.pid_fd >= 0)
      (void)::syscall(SYS_pidfd_send_signal, kept.keeper.pid_fd, SIGKILL, nullptr, 0);
  }
}

std::string Keepers::PathOf(const std::string& name) const {
  return absl::StrCat(options_.directory, "/", name, kSuffix);
}

std::string Keepers::SparePath() const { return PathOf(absl::StrCat("spare-", ::getpid())); }

/// Without a socket, and with errno, if it cannot be started.
Keepers::Keeper Keepers::NewKeeper(const std::string& path) const {
  const int listening = ListenOn(path);
  if (listening < 0) return {};
  Keeper keeper;
  keeper.child = Spawn(options_.command, path, listening);
  if (keeper.child > 0) {
    keeper.pid_fd = PidFdOf(keeper.child);
    keeper.socket = ConnectTo(path);
    ::fcntl(keeper.socket, F_SETFL, O_NONBLOCK);
  }
  const int error = errno;
  ::close(listening);
  if (keeper.socket < 0) ::unlink(path.c_str());
  errno = error;
  return keeper;
}

/// The spare one, if it lives, or a new one.
Keepers::Keeper Keepers::KeeperAt(const std::string& path) {
  if (spare_) {
    pollfd polled = {spare_->socket, POLLIN, 0};
    const bool lives = spare_->socket >= 0 && ::poll(&polled, 1, 0) == 0;
    if (lives && ::rename(SparePath().c_str(), path.c_str()) == 0)
      return *std::exchange(spare_, std::nullopt);
    DropSpare();
  }
  return NewKeeper(path);
}

void Keepers::StartKeeper(Id id, const std::string& name) {
  bool is_wanted;
  {
    absl::MutexLock lock(&mutex_);
    Kept& kept = kept_.at(id);
    if (stopping_ && !kept.exit) kept.exit = ProcessExit{.error = "the server is shutting down"};
    is_wanted = !kept.exit;
  }
  if (!is_wanted) return OnEnd(id);
  const Keeper keeper = KeeperAt(PathOf(name));
  const std::string problem = ::strerror(errno);
  {
    absl::MutexLock lock(&mutex_);
    Kept& kept = kept_.at(id);
    kept.keeper = keeper;
    SayUnsaidLocked(kept);
    if (keeper.socket < 0)
      kept.exit = ProcessExit{.error = absl::StrCat("cannot keep ", name, ": ", problem)};
  }
  if (keeper.socket < 0) OnEnd(id);
}

void Keepers::Hear(Id id, int socket) {
  while (true) {
    std::optional<KeeperMessage> message = Receive(socket);
    if (!message) {
      if (errno != EAGAIN) OnEnd(id);
      return;
    }
    OnMessage(id, *std::move(message));
  }
}

void Keepers::OnMessage(Id id, KeeperMessage message) {
  Watcher watcher;
  std::string name;
  {
    absl::MutexLock lock(&mutex_);
    Kept& kept = kept_.at(id);
    watcher = kept.watcher;
    name = kept.name;
    if (message.kind == Kind::kStarted) {
      kept.pid = static_cast<pid_t>(message.number);
      kept.memory_file = message.text;
    }
    if (!kept.exit) kept.exit = ExitIn(message);
  }
  if (message.kind == Kind::kLine && watcher.on_line) {
    watcher.on_line(message.text);
  } else if (message.kind == Kind::kUnconfined) {
    options_.log(absl::StrCat(name, " runs without control group: ", message.text));
  }
}

/// What it keeps, if that still runs, ends with it.
void Keepers::End(const Keeper& keeper) {
  for (const int fd : {keeper.socket, keeper.pid_fd}) {
    if (fd >= 0) ::close(fd);
  }
  if (keeper.child <= 0) return;
  ::kill(keeper.child, SIGKILL);
  while (::waitpid(keeper.child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// The keeper is gone, and with it what it kept: the kernel kills that if nobody else has.
void Keepers::OnEnd(Id id) {
  Kept kept;
  {
    absl::MutexLock lock(&mutex_);
    kept = std::move(kept_.at(id));
    kept_.erase(id);
  }
  End(kept.keeper);
  if (kept.watcher.on_exit) kept.watcher.on_exit(kept.exit.value_or(ProcessExit{.signal = SIGKILL}));
}

}  // namespace hearth::fleet
