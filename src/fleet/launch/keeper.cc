#include "fleet/launch/keeper.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/check.h"
#include "fleet/launch/keeper_message.h"
#include "fleet/launch/kept_launch.h"

namespace hearth::fleet {

namespace {

using Kind = KeeperMessage::Kind;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Whoever started this keeper says at once what for.
constexpr milliseconds kStartMax{10'000};
/// A gateway that does not take what it is told for so long is none.
constexpr timeval kSendMax{.tv_sec = 5, .tv_usec = 0};

class Keeper {
 public:
  explicit Keeper(int listening) : listening_(listening), events_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    HEARTH_CHECK(events_ >= 0);
  }

  int Run() {
    while (!over_) {
      pollfd polled[] = {{events_, POLLIN, 0}, {gateway_, POLLIN, 0}, {listening_, POLLIN, 0}};
      if (::poll(polled, std::size(polled), PauseMs()) < 0) continue;
      if (polled[0].revents != 0) HandleEvents();
      // What the gateway before has said last comes before the next one.
      if (polled[1].revents != 0) HandleMessages();
      if (polled[2].revents != 0) Accept();
      if (gateway_ < 0 && Clock::now() >= alone_until_) over_ = true;
    }
    launcher_ = nullptr;  // Kills what still runs.
    TidyUp();
    return 0;
  }

 private:
  /// Something that the launcher's thread told: a line, a start or an exit.
  struct Event {
    std::optional<std::string> line;
    pid_t started = 0;
    std::optional<ProcessExit> exit;
  };

  int PauseMs() const {
    if (gateway_ >= 0) return -1;
    const auto left = std::chrono::ceil<milliseconds>(alone_until_ - Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
  }

  void Push(Event event) {
    {
      absl::MutexLock lock(&mutex_);
      queue_.push_back(std::move(event));
    }
    const uint64_t one = 1;
    (void)!::write(events_, &one, sizeof one);
  }

  void Accept() {
    const int gateway = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (gateway < 0) return;
    if (!IsOurOwn(gateway)) {
      ::close(gateway);
      return;
    }
    ::setsockopt(gateway, SOL_SOCKET, SO_SNDTIMEO, &kSendMax, sizeof kSendMax);
    if (gateway_ >= 0) Lose();
    gateway_ = gateway;
  }

  void Tell(KeeperMessage message) {
    if (gateway_ >= 0 && !Send(gateway_, message)) Lose();
  }

  void HandleMessages() {
    while (gateway_ >= 0) {
      pollfd polled = {gateway_, POLLIN, 0};
      if (::poll(&polled, 1, 0) <= 0) return;
      std::optional<KeeperMessage> message = Receive(gateway_);
      if (!message) return Lose();
      Handle(*std::move(message));
    }
  }

  void Handle(KeeperMessage message) {
    if (!launch_ && message.kind != Kind::kStart) return Lose();
    switch (message.kind) {
      case Kind::kStart: return Start(message.text);
      case Kind::kAdopt: return Describe();
      case Kind::kReady:
        ready_ = message.text;
        kept_for_ = milliseconds(message.number);
        return;
      case Kind::kSignal:
        early_signal_ = static_cast<int>(message.number);
        if (pid_ != 0) launcher_->Signal(process_, early_signal_);
        return;
      case Kind::kRemember: notes_.insert(message.text); return;
      case Kind::kForget: notes_.erase(message.text); return;
      case Kind::kShare:
        if (cgroup_ != nullptr)
          cgroup_->SetShare(static_cast<CpuShare>(std::clamp<int64_t>(message.number, 0, 2)));
        return;
      default: return;  // A newer gateway may say more.
    }
  }

  /// The gateway is gone, or of no use.
  void Lose() {
    ::close(std::exchange(gateway_, -1));
    const auto unfinished = notes_.lower_bound(kUnfinishedNote);
    const bool is_kept =
        !ready_.empty() && (unfinished == notes_.end() || unfinished->rfind(kUnfinishedNote, 0) != 0);
    alone_until_ = Clock::now() + (is_kept ? kept_for_ : milliseconds(0));
    if (!is_kept || launch_->release_signal == 0 || releasing_) return;
    // What ran for it is of use to nobody.
    releasing_ = true;
    launcher_->Signal(process_, launch_->release_signal);
  }

  void Start(const std::string& encoded) {
    auto launch = KeptLaunch::Decode(encoded);
    if (!launch.ok() || launch_) return Lose();
    launch_ = *std::move(launch);
    encoded_ = encoded;
    ::prctl(PR_SET_NAME, absl::StrCat("keep ", launch_->name).c_str());  // For whoever looks at processes.
    started_ = Clock::now();
    Confine();
    launcher_ = std::make_unique<ProcessLauncher>();
    process_ = launcher_->Start(launch_->process,
                                {.on_start = [this](pid_t pid) { Push({.started = pid}); },
                                 .on_line = [this](const std::string& line) { Push({.line = line}); },
                                 .on_exit = [this](const ProcessExit& exit) { Push({.exit = exit}); }});
  }

  /// Holds what is about to start to its size.
  void Confine() {
    auto cgroup = cgroups_.Create(launch_->name, launch_->limits);
    if (cgroup.ok()) {
      cgroup_ = *std::move(cgroup);
      launch_->process.cgroup_procs_files = cgroup_->ProcsFiles();
      launch_->process.data_bytes_max = std::nullopt;
    } else if (cgroups_.version() != 0) {
      Tell({Kind::kUnconfined, cgroup.status().ToString()});
    }
  }

  /// To the next gateway, everything.
  void Describe() {
    const auto age = std::chrono::duration_cast<milliseconds>(Clock::now() - started_);
    Tell({Kind::kLaunch, encoded_, age.count()});
    Tell({Kind::kReady, ready_});
    Tell(Started());
    for (const std::string& note : notes_) Tell({Kind::kNote, note});
    Tell({Kind::kAll, "", ::getpid()});
    if (!releasing_) Tell({Kind::kReleased});
  }

  KeeperMessage Started() const {
    return {Kind::kStarted, cgroup_ == nullptr ? "" : cgroup_->MemoryFile(), pid_};
  }

  void HandleEvents() {
    uint64_t count;
    (void)!::read(events_, &count, sizeof count);
    std::deque<Event> events;
    {
      absl::MutexLock lock(&mutex_);
      events.swap(queue_);
    }
    for (const Event& event : events) Handle(event);
  }

  void Handle(const Event& event) {
    if (event.started != 0) {
      pid_ = event.started;
      if (early_signal_ != 0) launcher_->Signal(process_, early_signal_);
      Tell(Started());
    }
    if (event.line) {
      if (releasing_ && *event.line == launch_->released_line) {
        releasing_ = false;
        Tell({Kind::kReleased});
      } else {
        Tell({Kind::kLine, *event.line});
      }
    }
    if (event.exit) OnExit(*event.exit);
  }

  void OnExit(const ProcessExit& exit) {
    const bool out_of_memory =
        cgroup_ != nullptr && exit.signal == SIGKILL && cgroup_->OutOfMemoryKills() > 0;
    // Before it is told, so that then nothing is left.
    TidyUp();
    over_ = true;
    if (!exit.error.empty()) return Tell({Kind::kNotStarted, exit.error});
    if (exit.status) return Tell({Kind::kStatus, "", *exit.status});
    Tell({out_of_memory ? Kind::kOutOfMemory : Kind::kEndedBySignal, "", exit.signal});
  }

  void TidyUp() {
    cgroup_ = nullptr;
    std::error_code ignored;
    if (launch_) {
      for (const std::string& path : launch_->removed_at_end) std::filesystem::remove_all(path, ignored);
    }
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
    std::filesystem::path path = address.sun_path;
    // A spare one was given another name when it was needed.
    if (launch_) path.replace_filename(launch_->name + path.extension().string());
    std::filesystem::remove(path, ignored);
  }

  const int listening_;
  const int events_;
  const CgroupHost cgroups_ = CgroupHost::Detect();
  int gateway_ = -1;
  bool over_ = false;
  std::optional<KeptLaunch> launch_;
  std::string encoded_;
  std::unique_ptr<Cgroup> cgroup_;
  ProcessLauncher::Id process_ = 0;
  pid_t pid_ = 0;
  /// What it was to be sent before it ran; 0: nothing.
  int early_signal_ = 0;
  Clock::time_point started_;
  std::string ready_;
  milliseconds kept_for_{0};
  Clock::time_point alone_until_ = Clock::now() + kStartMax;
  /// It was told that its gateway is gone and has not answered yet.
  bool releasing_ = false;
  std::set<std::string> notes_;
  absl::Mutex mutex_;
  std::deque<Event> queue_ ABSL_GUARDED_BY(mutex_);
  /// Last: its thread calls back until it is gone.
  std::unique_ptr<ProcessLauncher> launcher_;
};

}  // namespace

int Keep(int listening) { return Keeper(listening).Run(); }

}  // namespace hearth::fleet
