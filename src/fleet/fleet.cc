#include "fleet/fleet.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "placement/scheduler.h"

namespace hearth::fleet {

namespace {
constexpr size_t kDeadShownMax = 8;
/// After a cluster that could not be started, as long as there is another one.
constexpr std::chrono::seconds kStartsAvoided{10};
constexpr char kUnix[] = "unix:";
/// Before one was ever started.
constexpr std::chrono::milliseconds kNativeStart{50};
constexpr std::chrono::seconds kSparkStart{8};
/// Each core is given to so many native operations at a time: some of them wait for a disk, or for their
/// clients.
constexpr double kCoresGiven = 3;
constexpr uint64_t kMemoryUnbounded = uint64_t{1} << 60;
/// What threads reserve for their stacks counts as data though hardly any of it is ever touched.
constexpr uint64_t kStacksBytes = uint64_t{8} << 30;

/// "native-12".
struct ClusterId {
  std::string engine;
  int number = 0;

  static std::optional<ClusterId> Of(const std::string& text) {
    const size_t dash = text.rfind('-');
    int number;
    if (dash == std::string::npos || !absl::SimpleAtoi(text.substr(dash + 1), &number) || number < 1)
      return std::nullopt;
    const std::string engine = text.substr(0, dash);
    if (engine != kNativeEngine && engine != kSparkEngine) return std::nullopt;
    return ClusterId{engine, number};
  }
};

/// Another one, as soon as a program is replaced.
std::string StampOf(const std::vector<std::string>& command) {
  struct stat file;
  if (command.empty() || ::stat(command.front().c_str(), &file) != 0) return "";
  return absl::StrCat(file.st_ino, " ", file.st_size, " ", file.st_mtim.tv_sec, " ", file.st_mtim.tv_nsec);
}

bool IsNative(const PoolOptions& pool) { return pool.engine->name() == kNativeEngine; }

/// Of a native cluster whoever is more than tiny is alone in it, because a runaway beside would slow it down
/// and may take all memory. Apache Spark gives each job its turn and spills what does not fit. So must a
/// single native cluster, where there is nowhere else to go.
placement::EngineRules RulesOf(const PoolOptions& pool) {
  const bool is_single = pool.clusters_max <= 1;
  placement::EngineRules rules;
  rules.parallelism = std::max(1, pool.threads);
  rules.start_time = IsNative(pool) ? base::Instant::duration(kNativeStart) : kSparkStart;
  rules.memory_bytes = pool.memory_bytes;
  rules.slots = is_single ? 256 : 4 * std::max(1, pool.threads);
  rules.suspects_close = IsNative(pool) && !is_single;
  if (!rules.suspects_close) return rules;
  rules.shared_work_max = std::chrono::milliseconds(100);
  rules.cores = kCoresGiven * std::max(1u, std::thread::hardware_concurrency());
  rules.shared_run_max = Cluster::kForegroundMax;
  rules.long_patience = std::chrono::seconds(3);
  rules.beside_after = std::chrono::milliseconds(200);
  return rules;
}

placement::Options PlacementOf(const std::vector<PoolOptions>& pools) {
  placement::Options options;
  options.suspect_min = Cluster::kForegroundMax;
  options.restarts_max = 2;
  for (const PoolOptions& pool : pools) options.engines[pool.engine->name()] = RulesOf(pool);
  return options;
}
}  // namespace

std::string_view ToString(ClusterState state) {
  switch (state) {
    case ClusterState::kStarting: return "starting";
    case ClusterState::kReady: return "ready";
    case ClusterState::kDraining: return "draining";
    case ClusterState::kDead: return "dead";
  }
  return "unknown";
}

// ---- the pool ----

Fleet::Fleet(Options options, const base::Clock* clock)
    : options_(std::move(options)),
      clock_(*clock),
      cgroups_(CgroupHost::Detect()),
      placer_(std::make_shared<Placer>(PlacementOf(options_.pools), clock, [this] { StartMissing(); })) {
  for (const PoolOptions& pool : options_.pools)
    pools_.emplace(pool.engine->name(), Pool{.options = pool, .start_time = RulesOf(pool).start_time});
  const int swept = cgroups_.SweepStale();
  if (swept > 0) Log(absl::StrCat("removed ", swept, " control groups of a Hearth that was killed"));
  if (cgroups_.version() == 0) Log(absl::StrCat("clusters are limited by ", limits_by()));
  keepers_ =
      std::make_unique<Keepers>(Keepers::Options{.command = options_.keeper_command,
                                                 .directory = options_.socket_directory,
                                                 .orphan_max = options_.orphan_max,
                                                 .log = [this](const std::string& line) { Log(line); }});
  AdoptLeft();
  RemoveLeavings();
}

Fleet::~Fleet() { Stop(); }

void Fleet::Log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

std::string Fleet::limits_by() const {
  if (cgroups_.version() != 0) return absl::StrCat("cgroup v", cgroups_.version());
  return absl::StrCat("rlimits (", cgroups_.why_not(), ")");
}

uint64_t Fleet::Acquire(Want want) {
  const std::string& engine = want.request.engine;
  if (Has(engine)) return placer_->Add(std::move(want));
  want.use(absl::NotFoundError(absl::StrCat("there is no engine ", engine)));
  return 0;
}

/// As many as would be of use, as far as the pool's limit goes.
void Fleet::StartMissing() {
  absl::MutexLock lock(&mutex_);
  for (auto& [engine, pool] : pools_) {
    while (MayStartLocked(pool) && placer_->Missing(engine) > 0) StartLocked(pool);
  }
}

/// One that does not answer has its memory still, so no other takes its place.
bool Fleet::MayStartLocked(const Pool& pool) const {
  const auto living = std::count_if(living_.begin(), living_.end(), [&](const auto& entry) {
    return entry.second.pool == &pool && entry.second.cluster->state() != ClusterState::kDraining;
  });
  const bool failed_just_now = pool.start_failed_at && clock_.Now() - *pool.start_failed_at < kStartsAvoided;
  return !stopping_ && static_cast<size_t>(living) < pool.options.clusters_max &&
         !(failed_just_now && ReadyLocked(pool) > 0);
}

/// Tells the placer what a cluster is now.
void Fleet::OfferLocked(const Entry& entry) {
  using State = placement::ClusterOffer::State;
  const Cluster& cluster = *entry.cluster;
  const PoolOptions& pool = entry.pool->options;
  const placement::EngineRules rules = RulesOf(pool);
  placement::ClusterOffer offer{.id = cluster.id(), .engine = cluster.engine(), .slots = rules.slots};
  // Where all share, what does not fit is spilled.
  offer.memory_bytes = rules.suspects_close ? pool.memory_bytes : kMemoryUnbounded;
  offer.ready_at = cluster.started() + entry.pool->start_time;
  switch (cluster.state()) {
    case ClusterState::kStarting: offer.state = State::kStarting; break;
    case ClusterState::kReady:
      offer.state = IsAvoided(pool, cluster.silent()) ? State::kAvoided : State::kReady;
      break;
    case ClusterState::kDraining:
    case ClusterState::kDead: offer.state = State::kDraining; break;
  }
  placer_->Put(entry.cluster, offer);
}

void Fleet::GiveUp(const std::shared_ptr<Cluster>& cluster, std::function<void()> dead) {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = living_.find(cluster->id()); found != living_.end()) {
      {
        absl::MutexLock cluster_lock(&cluster->mutex_);
        cluster->on_death_.push_back(std::move(dead));
      }
      // What runs on it has lost its connection as well, so there is nothing to wait for.
      if (cluster->state() == ClusterState::kReady) cluster->state_ = ClusterState::kDraining;
      OfferLocked(found->second);
      keepers_->Signal(found->second.process, SIGKILL);
      return;
    }
  }
  dead();
}

bool Fleet::IsAvoided(const PoolOptions& pool, std::chrono::milliseconds silent) {
  return pool.silence_avoided.count() > 0 && silent >= pool.silence_avoided;
}

void Fleet::Heard(const std::shared_ptr<Cluster>& cluster, std::chrono::milliseconds silent) {
  const PoolOptions& pool = pools_.at(cluster->engine()).options;
  const std::chrono::milliseconds before(cluster->silent_ms_.exchange(silent.count()));
  const bool avoided = IsAvoided(pool, silent);
  const bool changed = avoided != IsAvoided(pool, before);
  const bool is_lost = pool.silence_max.count() > 0 && silent >= pool.silence_max;
  if (!changed && !is_lost) return;
  if (changed && avoided)
    Log(absl::StrCat("cluster ", cluster->id(), " does not answer; nothing more goes there"));
  {
    absl::MutexLock lock(&mutex_);
    const auto found = living_.find(cluster->id());
    if (found == living_.end()) return;
    Entry& entry = found->second;
    if (is_lost && entry.killed_because.empty()) {
      entry.killed_because = absl::StrCat("did not answer for ", silent.count(), " ms");
      cluster->state_ = ClusterState::kDraining;
      keepers_->Signal(entry.process, SIGKILL);
    }
    OfferLocked(entry);
  }
  placer_->Decide();
}

void Fleet::Warm() {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || options_.pools.empty()) return;
  Pool& first = pools_.at(options_.pools.front().engine->name());
  const bool lives = std::any_of(living_.begin(), living_.end(),
                                 [&](const auto& entry) { return entry.second.pool == &first; });
  if (!lives && first.failed_starts == 0) StartLocked(first);
}

std::string Fleet::TempOf(const std::string& id) const { return options_.temp_directory + "/" + id; }

/// What a cluster is started as, always the same from the same arguments: so it is known whether one that is
/// there is as this fleet would start it.
Fleet::Planned Fleet::PlanFor(const PoolOptions& pool, const std::string& id,
                              const std::string& secret) const {
  std::error_code ignored;  // An engine without the folder says so itself.
  std::filesystem::create_directories(TempOf(id), ignored);
  absl::StatusOr<Engine::Plan> plan = pool.engine->PlanFor({.id = id,
                                                            .socket_directory = options_.socket_directory,
                                                            .temp_directory = TempOf(id),
                                                            .secret = secret,
                                                            .memory_bytes = pool.memory_bytes,
                                                            .threads = pool.threads});
  Planned planned{.launch = {.name = id, .removed_at_end = {TempOf(id)}}};
  ProcessLauncher::Launch& process = planned.launch.process;
  process.impossible = std::string(plan.status().message());
  if (!plan.ok()) plan = Engine::Plan();
  if (absl::StartsWith(plan->address, kUnix))
    planned.launch.removed_at_end.push_back(plan->address.substr(sizeof kUnix - 1));
  planned.launch.record = absl::StrCat(secret, "\n", pool.engine->version(), "\n", StampOf(plan->command));
  process.command = std::move(plan->command);
  process.environment = std::move(plan->environment);
  process.log_file = std::move(plan->log_file);
  planned.launch.release_signal = plan->release_signal;
  planned.launch.released_line = std::move(plan->released_line);
  planned.address = std::move(plan->address);
  planned.token = std::move(plan->token);
  planned.launch.limits = {
      .memory_bytes = pool.engine->ProcessBytes(pool.memory_bytes),
      .threads = pool.threads,
      .machine_threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))};
  process.data_bytes_max = planned.launch.limits.memory_bytes + kStacksBytes;
  return planned;
}

Keepers::Watcher Fleet::WatcherOf(const std::string& id, const Engine& engine) {
  return {.on_line =
              [this, id, &engine](const std::string& line) {
                if (auto address = engine.ReadyAddress(line)) OnReady(id, *address);
              },
          .on_exit = [this, id](const ProcessExit& exit) { OnExit(id, exit); }};
}

void Fleet::StartLocked(Pool& pool) {
  const Engine& engine = *pool.options.engine;
  const std::string id = absl::StrCat(engine.name(), "-", ++pool.started);
  Planned planned = PlanFor(pool.options, id, base::NewSecret());
  Entry entry{.cluster = std::make_shared<Cluster>(id, engine.name(), planned.address, planned.token,
                                                   clock_.Now(), engine.version()),
              .pool = &pool};
  entry.cluster->last_used_ = clock_.Now().time_since_epoch().count();
  entry.process = keepers_->Start(std::move(planned.launch), WatcherOf(id, engine));
  {
    absl::MutexLock lock(&entry.cluster->mutex_);
    entry.cluster->keepers_ = keepers_.get();
    entry.cluster->process_ = entry.process;
  }
  OfferLocked(living_.emplace(id, std::move(entry)).first->second);
}

// ---- what a killed gateway has left ----

void Fleet::AdoptLeft() {
  for (const Keepers::Left& left : keepers_->TakeLeft()) {
    const auto id = ClusterId::Of(left.launch.name);
    const auto pool = id ? pools_.find(id->engine) : pools_.end();
    std::string why_not;
    {
      absl::MutexLock lock(&mutex_);
      why_not = WhyNotAdopt(left, pool == pools_.end() ? nullptr : &pool->second);
    }
    if (why_not.empty()) {
      Adopt(left, pool->second);
    } else {
      Log(absl::StrCat("ends cluster ", left.launch.name, " of the gateway before: ", why_not));
      keepers_->Signal(left.id, SIGKILL);
    }
  }
}

/// "" if this fleet would start it just so.
std::string Fleet::WhyNotAdopt(const Keepers::Left& left, const Pool* pool) const {
  if (pool == nullptr) return "there is no such engine any more";
  if (left.ready.empty()) return "it was not ready";
  const auto living = std::count_if(living_.begin(), living_.end(),
                                    [&](const auto& entry) { return entry.second.pool == pool; });
  if (static_cast<size_t>(living) >= pool->options.clusters_max) return "there are enough";
  const std::string secret = left.launch.record.substr(0, left.launch.record.find('\n'));
  if (PlanFor(pool->options, left.launch.name, secret).launch.Encode() != left.encoded)
    return "it is of another version or was started with other settings";
  return "";
}

void Fleet::Adopt(const Keepers::Left& left, Pool& pool) {
  const Engine& engine = *pool.options.engine;
  const std::string& id = left.launch.name;
  const std::string secret = left.launch.record.substr(0, left.launch.record.find('\n'));
  auto cluster =
      std::make_shared<Cluster>(id, engine.name(), left.ready, PlanFor(pool.options, id, secret).token,
                                clock_.Now() - left.age, engine.version());
  cluster->last_used_ = clock_.Now().time_since_epoch().count();
  cluster->is_adopted_ = true;
  cluster->left_notes_ = left.notes;
  {
    absl::MutexLock lock(&cluster->mutex_);
    cluster->keepers_ = keepers_.get();
    cluster->process_ = left.id;
    cluster->share_ = std::nullopt;
  }
  {
    absl::MutexLock lock(&mutex_);
    living_.emplace(id, Entry{.cluster = cluster, .pool = &pool, .process = left.id});
  }
  const pid_t pid = keepers_->PidOf(left.id);
  keepers_->Watch(left.id, WatcherOf(id, engine));
  OnReady(id, left.ready);
  Log(absl::StrCat("adopted cluster ", id, " (process ", pid, ") of the gateway before"));
}

/// What the system still has of clusters that are dead. Their ids are not given again: where a keeper cannot
/// be asked, its cluster may still be there.
void Fleet::RemoveLeavings() {
  std::error_code ignored;
  absl::MutexLock lock(&mutex_);
  std::vector<std::filesystem::path> leavings;
  for (const auto& entry : std::filesystem::directory_iterator(options_.socket_directory, ignored)) {
    const auto id = ClusterId::Of(entry.path().stem());
    if (!id) continue;
    if (const auto pool = pools_.find(id->engine); pool != pools_.end())
      pool->second.started = std::max(pool->second.started, id->number);
    if (entry.path().extension() == ".sock" && living_.count(entry.path().stem()) == 0)
      leavings.push_back(entry.path());
  }
  for (const auto& entry : std::filesystem::directory_iterator(options_.temp_directory, ignored)) {
    if (living_.count(entry.path().filename()) == 0) leavings.push_back(entry.path());
  }
  for (const std::filesystem::path& path : leavings) std::filesystem::remove_all(path, ignored);
}

void Fleet::OnReady(const std::string& id, const std::string& address) {
  std::shared_ptr<Cluster> cluster;
  std::string memory_file;
  Pool* pool;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = living_.find(id);
    if (found == living_.end() || found->second.cluster->state() != ClusterState::kStarting) return;
    cluster = found->second.cluster;
    pool = found->second.pool;
    pool->failed_starts = 0;
    cluster->pid_ = keepers_->PidOf(found->second.process);
    memory_file = keepers_->MemoryFileOf(found->second.process);
    keepers_->SayReady(found->second.process, address);
  }
  {
    absl::MutexLock lock(&cluster->mutex_);
    cluster->address_ = address;
    cluster->memory_file_ = memory_file;
  }
  if (!cluster->is_adopted()) {
    cluster->start_duration_ms_ =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - cluster->started()).count();
  }
  if (options_.on_change) options_.on_change(cluster);
  {
    absl::MutexLock lock(&mutex_);
    const auto found = living_.find(id);
    if (found == living_.end()) return;
    if (!cluster->is_adopted()) pool->start_time = cluster->start_duration();
    cluster->state_ = ClusterState::kReady;
    OfferLocked(found->second);
  }
  placer_->Decide();
}

/// What the system keeps of a cluster that is over is removed, and how it ended is said in words.
std::string Fleet::CleanUp(Entry entry, const ProcessExit& exit) const {
  std::string cause = exit.ToString();
  Death death = exit.signal == SIGKILL || exit.signal == SIGTERM ? Death::kKilled : Death::kCrashed;
  if (exit.out_of_memory) {
    const PoolOptions& pool = entry.pool->options;
    death = Death::kOutOfMemory;
    cause = absl::StrCat("out of memory: killed at its limit of ",
                         pool.engine->ProcessBytes(pool.memory_bytes) >> 20, " MiB");
  } else if (!entry.killed_because.empty()) {
    cause = absl::StrCat("killed: it ", entry.killed_because);
  }
  entry.cluster->death_ = death;
  entry.cluster->pid_ = 0;
  // All that follows is for a keeper that was killed too.
  if (exit.signal == SIGKILL) cgroups_.SweepStale();
  const std::string address = entry.cluster->address();
  if (absl::StartsWith(address, kUnix)) ::unlink(address.c_str() + sizeof kUnix - 1);
  std::error_code ignored;
  std::filesystem::remove_all(TempOf(entry.cluster->id()), ignored);
  return cause;
}

void Fleet::OnExit(const std::string& id, const ProcessExit& exit) {
  Entry ended;
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = living_.at(id);
    ended = {.cluster = entry.cluster, .pool = entry.pool, .killed_because = entry.killed_because};
  }
  const std::shared_ptr<Cluster> cluster = ended.cluster;
  Pool* const pool = ended.pool;
  // Before it counts as gone, so that nothing is left when Stop returns.
  const std::string cause = CleanUp(std::move(ended), exit);
  std::vector<std::function<void()>> on_death;
  {
    absl::MutexLock lock(&cluster->mutex_);
    cluster->cause_of_death_ = cause;
    cluster->keepers_ = nullptr;
  }
  bool is_hopeless = false;
  bool unexpected;
  {
    absl::MutexLock lock(&mutex_);
    unexpected = !stopping_ && !living_.at(id).stop_asked;
    if (cluster->state() == ClusterState::kStarting) pool->start_failed_at = clock_.Now();
    if (cluster->state() == ClusterState::kStarting &&
        ++pool->failed_starts >= pool->options.failed_starts_max) {
      is_hopeless = true;
      pool->failed_starts = 0;
    }
    cluster->state_ = ClusterState::kDead;
    living_.erase(id);
    placer_->Drop(id);
    dead_.push_back(cluster);
    if (dead_.size() > kDeadShownMax) dead_.pop_front();
    absl::MutexLock cluster_lock(&cluster->mutex_);
    on_death.swap(cluster->on_death_);
  }
  if (unexpected) Log(absl::StrCat("cluster ", id, " died: ", cause));
  if (options_.on_change) options_.on_change(cluster);
  for (const auto& dead : on_death) dead();
  if (is_hopeless) {
    placer_->FailWaiting(
        cluster->engine(),
        absl::UnavailableError(absl::StrCat("no cluster can be started; the last one ended with ", cause)));
  }
  placer_->Decide();
}

std::vector<Fleet::View> Fleet::Clusters() const {
  absl::MutexLock lock(&mutex_);
  std::vector<View> views;
  for (const auto& cluster : dead_) views.push_back({cluster, 0});
  for (const auto& [id, entry] : living_) views.push_back({entry.cluster, keepers_->PidOf(entry.process)});
  return views;
}

size_t Fleet::ReadyLocked(const Pool& pool) const {
  return static_cast<size_t>(std::count_if(living_.begin(), living_.end(), [&](const auto& entry) {
    return entry.second.pool == &pool && entry.second.cluster->state() == ClusterState::kReady;
  }));
}

void Fleet::Observe() {
  for (const View& view : Clusters()) view.cluster->Sample(clock_.Now());
  placer_->Decide();
}

void Fleet::Sweep() {
  const base::Instant now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  for (auto& [id, entry] : living_) {
    Cluster& cluster = *entry.cluster;
    if (cluster.state() == ClusterState::kStarting &&
        now - cluster.started() > entry.pool->options.start_timeout) {
      keepers_->Signal(entry.process, SIGKILL);
    }
    const base::Instant last_used{base::Instant::duration(cluster.last_used_)};
    if (entry.stop_asked && now - *entry.stop_asked >= options_.stop_grace)
      keepers_->Signal(entry.process, SIGKILL);
    const PoolOptions& pool = entry.pool->options;
    const bool idle = cluster.state() == ClusterState::kReady && cluster.running() == 0 && !cluster.is_kept_;
    if (pool.idle_timeout.count() > 0 && idle && now - last_used >= pool.idle_timeout &&
        ReadyLocked(*entry.pool) > pool.clusters_kept && placer_->Retire(id)) {
      cluster.state_ = ClusterState::kDraining;
      entry.stop_asked = now;
      keepers_->Signal(entry.process, SIGTERM);
    }
  }
}

void Fleet::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      stopping_ = true;
      for (const auto& [id, entry] : living_) {
        entry.cluster->state_ = ClusterState::kDraining;
        keepers_->Signal(entry.process, SIGTERM);
      }
    }
  }
  placer_->Stop();
  absl::MutexLock lock(&mutex_);
  const auto gone = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return living_.empty(); };
  if (mutex_.AwaitWithTimeout(absl::Condition(&gone), absl::FromChrono(options_.stop_grace))) return;
  for (const auto& [id, entry] : living_) keepers_->Signal(entry.process, SIGKILL);
  mutex_.Await(absl::Condition(&gone));
}

}  // namespace hearth::fleet
