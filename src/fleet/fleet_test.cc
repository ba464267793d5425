#include "fleet/fleet.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "base/check.h"
#include "base/manual_clock.h"
#include "fleet/launch/keeper.h"
#include "fleet/launch/keeper_message.h"
#include "fleet/launch/native_engine.h"

namespace hearth::fleet {
namespace {

using std::chrono::milliseconds;

std::string OwnProgram() { return std::filesystem::read_symlink("/proc/self/exe"); }

/// A fleet whose engines are shell scripts.
class FleetTest : public testing::Test {
 protected:
  FleetTest() {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/hearth-fleet-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~FleetTest() override {
    fleet_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start(const std::string& script, PoolOptions pool = {}) {
    pool.engine = std::make_shared<NativeEngine>(std::vector<std::string>{Script("engine", script)});
    pool.memory_bytes = 64 << 20;
    pool.threads = 1;
    Start({std::move(pool)});
  }
  std::string Script(const std::string& name, const std::string& text) const {
    const std::string path = directory_ + "/" + name;
    if (std::filesystem::exists(path)) return path;  // Another file would be another engine.
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  void Start(std::vector<PoolOptions> pools) {
    Fleet::Options options;
    options.pools = std::move(pools);
    options.socket_directory = directory_;
    options.temp_directory = directory_ + "/temp";
    options.keeper_command = {OwnProgram(), "keep"};
    options.orphan_max = orphan_max_;
    options.stop_grace = milliseconds(200);
    options.log = [this](const std::string& line) {
      absl::MutexLock lock(&mutex_);
      log_ += line + "\n";
    };
    options.on_change = [this](const std::shared_ptr<Cluster>&) { changed_ = base::SteadyClock().Now(); };
    const base::Clock* clock = real_time_ ? static_cast<const base::Clock*>(&steady_clock_) : &clock_;
    fleet_ = std::make_unique<Fleet>(std::move(options), clock);
  }

  static Want SmallWant(const std::string& engine = kNativeEngine) {
    Want want;
    want.request.engine = engine;
    want.request.estimate = {{1e-3, 1e-2}, {1 << 20, 2 << 20}, "a test"};
    return want;
  }
  /// Of what is to be alone on its cluster.
  static Want LargeWant() {
    Want want = SmallWant();
    want.request.estimate.work_seconds = {2, 4};
    return want;
  }
  std::future<absl::StatusOr<Lease>> AcquireLater(Want want) {
    const auto promise = std::make_shared<std::promise<absl::StatusOr<Lease>>>();
    want.use = [promise](absl::StatusOr<Lease> lease) { promise->set_value(std::move(lease)); };
    fleet_->Acquire(std::move(want));
    return promise->get_future();
  }
  absl::StatusOr<Lease> Acquire(Want want) { return AcquireLater(std::move(want)).get(); }
  absl::StatusOr<Lease> Acquire(const std::string& engine = kNativeEngine) {
    return Acquire(SmallWant(engine));
  }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) ::usleep(10'000);
    return condition();
  }
  pid_t PidOf(const Cluster& cluster) {
    for (const auto& view : fleet_->Clusters()) {
      if (view.cluster.get() == &cluster) return view.pid;
    }
    return 0;
  }

  /// Of the processors, as the control group of the process says.
  static std::string ShareOf(pid_t pid) {
    std::ifstream groups("/proc/" + std::to_string(pid) + "/cgroup");
    for (std::string line; std::getline(groups, line);) {
      const std::string path = line.substr(line.rfind(':') + 1);
      for (const std::string& file :
           {"/sys/fs/cgroup/cpu" + path + "/cpu.shares", "/sys/fs/cgroup" + path + "/cpu.weight"}) {
        std::string share;
        if (path.find("hearth") != std::string::npos && std::ifstream(file) >> share) return share;
      }
    }
    return "";
  }

  static constexpr char kEngine[] = "echo hearth engine ready on $2; while :; do sleep 0.02; done";
  base::ManualClock clock_;
  const base::SteadyClock steady_clock_;
  bool real_time_ = false;
  /// When a cluster was last ready or dead.
  std::atomic<base::Instant> changed_{base::Instant{}};
  milliseconds orphan_max_{0};
  std::string directory_;
  absl::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Fleet> fleet_;
};

TEST_F(FleetTest, StartsAClusterOnDemandAndSharesIt) {
  Start(kEngine);
  EXPECT_TRUE(fleet_->Clusters().empty());
  const auto first = Acquire();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->cluster()->state(), ClusterState::kReady);
  EXPECT_EQ(first->cluster()->address(), "unix:" + directory_ + "/native-1.sock");
  {
    const auto second = Acquire();
    EXPECT_EQ(second->cluster(), first->cluster());
    EXPECT_EQ(first->cluster()->running(), 2);
  }
  EXPECT_EQ(first->cluster()->running(), 1);
}

TEST_F(FleetTest, WhatAClusterSpilledEndsWithIt) {
  Start("touch $4/spilled; " + std::string(kEngine));
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/temp/native-1/spilled"));
  fleet_->Stop();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/temp/native-1"));
}

TEST_F(FleetTest, GrowsForWhatIsToBeAloneUpToItsMaximum) {
  Start(kEngine, {.clusters_max = 2});
  auto first = Acquire(LargeWant());
  const auto second = Acquire(LargeWant());
  EXPECT_NE(first->cluster(), second->cluster());
  std::future<absl::StatusOr<Lease>> third = AcquireLater(LargeWant());
  EXPECT_EQ(third.wait_for(milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(fleet_->Clusters().size(), 2u);
  EXPECT_EQ(fleet_->demands().size(), 1u) << "what is missing is told";
  const std::string freed = first->cluster()->id();
  first = absl::UnavailableError("it is over");
  EXPECT_EQ(third.get()->cluster()->id(), freed);
}

TEST_F(FleetTest, WhatIsWithdrawnGetsNothingAndNeedsNoCluster) {
  Start(kEngine, {.clusters_max = 2});
  const auto first = Acquire(LargeWant());
  const auto second = Acquire(LargeWant());
  bool called = false;
  Want want = LargeWant();
  want.use = [&](const absl::StatusOr<Lease>&) { called = true; };
  const uint64_t number = fleet_->Acquire(std::move(want));
  EXPECT_EQ(fleet_->waiting(), 1u);
  fleet_->Withdraw(number);
  EXPECT_EQ(fleet_->waiting(), 0u);
  fleet_->Withdraw(number);
  fleet_->Stop();
  EXPECT_FALSE(called);
}

/// What waits takes its chance soon after each kind of event that gives it one, in real time.
class ChanceTest : public FleetTest {
 protected:
  ChanceTest() { real_time_ = true; }
  static constexpr milliseconds kSoon{50};

  /// Something that waits because both clusters are taken.
  void Fill() {
    Start(kEngine, {.clusters_max = 2, .silence_avoided = milliseconds(3000)});
    first_ = Acquire(LargeWant());
    second_ = Acquire(LargeWant());
    waiting_ = AcquireLater(SmallWant());
  }
  /// After this moment it got a cluster in time.
  void ExpectSoonAfter(base::Instant event) {
    const auto lease = waiting_.get();
    ASSERT_TRUE(lease.ok()) << lease.status();
    EXPECT_LT(lease->began() - event, kSoon);
  }
  base::Instant Now() const { return steady_clock_.Now(); }

  absl::StatusOr<Lease> first_ = absl::UnknownError("none");
  absl::StatusOr<Lease> second_ = absl::UnknownError("none");
  std::future<absl::StatusOr<Lease>> waiting_;
};

TEST_F(ChanceTest, AnAttemptEnds) {
  Fill();
  const base::Instant event = Now();
  first_ = absl::UnavailableError("it is over");
  ExpectSoonAfter(event);
}

TEST_F(ChanceTest, AClusterIsReady) {
  Start(kEngine);
  waiting_ = AcquireLater(SmallWant());
  const auto lease = waiting_.get();
  EXPECT_LT(lease->began() - changed_.load(), kSoon);
}

TEST_F(ChanceTest, AClusterIsLost) {
  // Another one takes its place, and is what waits for.
  Fill();
  fleet_->GiveUp(first_->cluster(), [] {});
  ASSERT_TRUE(Eventually([&] { return first_->cluster()->state() == ClusterState::kDead; }));
  const auto lease = waiting_.get();
  ASSERT_TRUE(lease.ok());
  EXPECT_EQ(lease->cluster()->id(), "native-3");
  EXPECT_LT(lease->began() - changed_.load(), kSoon) << "it began when that was ready";
}

TEST_F(ChanceTest, AClusterAnswersAgain) {
  Fill();
  const std::shared_ptr<Cluster> silent = first_->cluster();
  fleet_->Heard(silent, std::chrono::seconds(4));
  first_ = absl::UnavailableError("it is over");
  EXPECT_EQ(waiting_.wait_for(kSoon), std::future_status::timeout) << "nothing goes there";
  const base::Instant event = Now();
  fleet_->Heard(silent, milliseconds(0));
  ExpectSoonAfter(event);
}

TEST_F(ChanceTest, AnEstimateIsOvertaken) {
  Start(kEngine, {.clusters_max = 2});
  Want overruns = LargeWant();
  overruns.request.estimate.work_seconds = {0.15, 0.2};  // Alone, until it is a suspect.
  first_ = Acquire(overruns);
  second_ = Acquire(LargeWant());
  waiting_ = AcquireLater(SmallWant());
  ExpectSoonAfter(first_->began() + Cluster::kForegroundMax);
}

TEST_F(FleetTest, WhoIsBesideSomethingThatOverrunsIsAskedToGoElsewhere) {
  Start(kEngine, {.clusters_max = 2});
  {
    // Some work is done, for a little of it may be thrown away; and there are two clusters then.
    const auto first = Acquire(LargeWant());
    const auto second = Acquire(LargeWant());
    clock_.Advance(std::chrono::seconds(10));
  }
  const auto runaway = Acquire();
  clock_.Advance(milliseconds(200));
  std::atomic<int> asked{0};
  Want want = SmallWant();
  want.request.may_restart = true;
  std::atomic<uint64_t> asked_of{0};
  want.restart = [&](uint64_t lease, placement::Restart::Why why) {
    EXPECT_EQ(why, placement::Restart::Why::kSuspectBeside);
    asked_of = lease;
    ++asked;
  };
  const auto neighbour = Acquire(std::move(want));
  ASSERT_EQ(neighbour->cluster(), runaway->cluster());
  clock_.Advance(milliseconds(50));
  fleet_->Observe();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(asked_of, neighbour->number());
}

TEST_F(FleetTest, WhoJoinsAClusterCountsThere) {
  Start(kEngine, {.clusters_max = 2});
  std::shared_ptr<Cluster> home = Acquire()->cluster();
  const auto joined = fleet_->Join(home, SmallWant().request, "it has to be there");
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->text(), "it has to be there");
  EXPECT_NE(Acquire(LargeWant())->cluster(), home) << "it would not be alone";
  clock_.Advance(Cluster::kForegroundMax);
  fleet_->Observe();
  EXPECT_NE(Acquire()->cluster(), home) << "what has joined overruns";
  fleet_->Heard(home, std::chrono::hours(1));
  EXPECT_FALSE(fleet_->Join(home, SmallWant().request, "")) << "it does not answer";
}

TEST_F(FleetTest, AKilledClusterIsNoticedAndReplaced) {
  Start(kEngine);
  std::shared_ptr<Cluster> dead = Acquire()->cluster();
  ::kill(PidOf(*dead), SIGKILL);
  EXPECT_TRUE(Eventually([&] { return dead->state() == ClusterState::kDead; }));
  EXPECT_EQ(dead->cause_of_death(), "signal 9 (Killed)");
  EXPECT_EQ(dead->death(), Death::kKilled);
  const auto next = Acquire();
  ASSERT_TRUE(next.ok());
  EXPECT_NE(next->cluster(), dead);
  absl::MutexLock lock(&mutex_);
  EXPECT_NE(log_.find("cluster native-1 died: signal 9"), std::string::npos) << log_;
}

TEST_F(FleetTest, ALeaseTellsWhatItsClusterTookMeanwhile) {
  // A control group counts memory by some dozens of pages: a shell alone may show none.
  Start("x=$(head -c 8000000 /dev/zero | tr '\\0' x); echo hearth engine ready on $2; while :; do :; done");
  const auto first = Acquire();
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(Eventually([&] { return first->usage().cpu_seconds > 0.02; }));
  const auto second = Acquire();
  EXPECT_LT(second->usage().cpu_seconds, first->usage().cpu_seconds) << "it began later";
  if (fleet_->limits_by().find("cgroup") != 0) return;
  fleet_->Observe();
  EXPECT_GT(first->usage().peak_memory_bytes, 0u);
}

TEST_F(FleetTest, SomethingLongGetsASmallShareOfTheProcessorsUntilSomethingNewComes) {
  Start(kEngine);
  if (fleet_->limits_by().find("cgroup") != 0) GTEST_SKIP() << fleet_->limits_by();
  const auto lease = Acquire();
  ASSERT_TRUE(lease.ok());
  const std::string share = ShareOf(PidOf(*lease->cluster()));
  clock_.Advance(Cluster::kForegroundMax);
  fleet_->Observe();
  EXPECT_EQ(lease->cluster()->share(), CpuShare::kLeast);
  EXPECT_TRUE(Eventually([&] { return ShareOf(PidOf(*lease->cluster())) != share; }));
  const auto another = Acquire();
  EXPECT_EQ(another->cluster(), lease->cluster()) << "there can be no other";
  EXPECT_EQ(lease->cluster()->share(), CpuShare::kWhole);
  EXPECT_TRUE(Eventually([&] { return ShareOf(PidOf(*lease->cluster())) == share; }));
}

TEST_F(FleetTest, WhatIsLargeOrNobodyWaitsForGetsASmallerShareFromTheStart) {
  Start(kEngine, {.clusters_max = 4});
  if (fleet_->limits_by().find("cgroup") != 0) GTEST_SKIP() << fleet_->limits_by();
  Want batch = LargeWant();
  batch.request.profile = placement::Profile::kBatch;
  const auto last = Acquire(batch);
  const auto middle = Acquire(LargeWant());
  const auto first = Acquire();
  EXPECT_EQ(last->cluster()->share(), CpuShare::kLeast);
  EXPECT_EQ(middle->cluster()->share(), CpuShare::kSmall);
  EXPECT_EQ(first->cluster()->share(), CpuShare::kWhole);
  const auto given = [this](const auto& lease) { return std::stoi("0" + ShareOf(PidOf(*lease->cluster()))); };
  EXPECT_TRUE(Eventually([&] { return given(last) < given(middle) && given(middle) < given(first); }));
}

TEST_F(FleetTest, SomethingLongIsNotJoinedIfThereCanBeAnotherCluster) {
  Start(kEngine, {.clusters_max = 2});
  const auto runaway = Acquire();
  clock_.Advance(Cluster::kForegroundMax);
  fleet_->Observe();
  EXPECT_EQ(Acquire()->cluster()->id(), "native-2");
  EXPECT_EQ(Acquire()->cluster()->id(), "native-2");
}

TEST_F(FleetTest, WhoWaitsForANewClusterTakesOneThatIsFreeMeanwhile) {
  // The second one hangs.
  Start("if [ -e " + directory_ + "/once ]; then sleep 1000; fi; touch " + directory_ + "/once; " + kEngine,
        {.clusters_max = 2});
  auto runaway = Acquire();
  clock_.Advance(Cluster::kForegroundMax);
  fleet_->Observe();
  auto future = AcquireLater(SmallWant());
  EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::timeout);
  runaway = absl::UnavailableError("it is over");
  fleet_->Observe();
  EXPECT_EQ(future.get()->cluster()->id(), "native-1");
}

TEST_F(FleetTest, SomethingLongIsJoinedIfNoOtherClusterCanBeStarted) {
  Start("if [ -e " + directory_ + "/once ]; then exit 3; fi; touch " + directory_ + "/once; " + kEngine,
        {.clusters_max = 2});
  const auto runaway = Acquire();
  clock_.Advance(Cluster::kForegroundMax);
  fleet_->Observe();
  auto waits = AcquireLater(SmallWant());
  EXPECT_TRUE(Eventually([&] { return fleet_->Clusters().size() == 2; })) << "one has died";
  clock_.Advance(milliseconds(200));
  const auto lease = waits.get();
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_EQ(lease->cluster()->id(), "native-1");
  EXPECT_EQ(lease->reason().because, placement::Because::kBeside);
}

TEST_F(FleetTest, OfClustersThatAreNotNeededSomeMayStay) {
  Start(kEngine, {.clusters_max = 2, .idle_timeout = milliseconds(1000), .clusters_kept = 1});
  {
    const auto runaway = Acquire();
    clock_.Advance(Cluster::kForegroundMax);
    fleet_->Observe();
    EXPECT_TRUE(Acquire().ok());
  }
  clock_.Advance(milliseconds(1000));
  fleet_->Sweep();
  fleet_->Sweep();
  const auto ready = [&] {
    int count = 0;
    for (const auto& view : fleet_->Clusters())
      count += view.cluster->state() == ClusterState::kReady ? 1 : 0;
    return count;
  };
  EXPECT_EQ(ready(), 1);
}

TEST_F(FleetTest, AClusterThatEndsByItselfHasCrashed) {
  Start("echo hearth engine ready on $2; while ! [ -e ${2#unix:}.end ]; do sleep 0.02; done; exit 3");
  const auto lease = Acquire();
  ASSERT_TRUE(lease.ok());
  std::ofstream(lease->cluster()->address().substr(5) + ".end") << "now";  // without "unix:"
  EXPECT_TRUE(Eventually([&] { return lease->cluster()->state() == ClusterState::kDead; }));
  EXPECT_EQ(lease->cluster()->death(), Death::kCrashed);
}

TEST_F(FleetTest, AClusterWhoseConnectionBrokeIsGivenUpBeforeAnotherIsTaken) {
  Start(kEngine);
  std::shared_ptr<Cluster> broken = Acquire()->cluster();
  std::promise<std::string> cause;
  fleet_->GiveUp(broken, [&] { cause.set_value(broken->cause_of_death()); });
  const auto next = Acquire();
  ASSERT_TRUE(next.ok());
  EXPECT_NE(next->cluster(), broken);
  EXPECT_EQ(cause.get_future().get(), "signal 9 (Killed)");
  bool at_once = false;
  fleet_->GiveUp(broken, [&] { at_once = true; });
  EXPECT_TRUE(at_once);
}

TEST_F(FleetTest, WhoWaitsIsToldWhenClustersCannotStart) {
  Start("exit 3", {.failed_starts_max = 3});
  const auto lease = Acquire();
  EXPECT_EQ(lease.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(lease.status().message().find("exit status 3"), absl::string_view::npos) << lease.status();
  EXPECT_EQ(fleet_->Clusters().size(), 3u);
}

TEST_F(FleetTest, AClusterThatNeverGetsReadyIsReplaced) {
  Start("if [ ! -e " + directory_ + "/once ]; then touch " + directory_ + "/once; sleep 1000; fi; " + kEngine,
        {.start_timeout = milliseconds(500)});
  auto waits = AcquireLater(SmallWant());
  EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(directory_ + "/once"); }));
  clock_.Advance(milliseconds(501));
  fleet_->Sweep();
  const auto lease = waits.get();
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_EQ(lease->cluster()->id(), "native-2");
}

TEST_F(FleetTest, AnIdleClusterIsStopped) {
  Start(kEngine, {.idle_timeout = milliseconds(1000)});
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  clock_.Advance(milliseconds(999));
  fleet_->Sweep();
  EXPECT_EQ(cluster->state(), ClusterState::kReady);
  clock_.Advance(milliseconds(1));
  fleet_->Sweep();
  EXPECT_TRUE(Eventually([&] { return cluster->state() == ClusterState::kDead; }));
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(log_.find("died"), std::string::npos) << "it was meant to stop";
}

TEST_F(FleetTest, StopEndsEvenWhatDoesNotListen) {
  Start("trap '' TERM; " + std::string(kEngine));
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  const pid_t pid = PidOf(*cluster);
  ASSERT_GT(pid, 0);
  fleet_->Stop();
  EXPECT_EQ(cluster->state(), ClusterState::kDead);
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_FALSE(Acquire().ok());
}

/// An engine that says itself where it listens, as Apache Spark does.
class TellingEngine final : public Engine {
 public:
  TellingEngine(std::string program, absl::Status status)
      : program_(std::move(program)), status_(std::move(status)) {}
  const std::string& name() const override { return name_; }
  uint64_t ProcessBytes(uint64_t memory_bytes) const override { return memory_bytes; }
  absl::StatusOr<Plan> PlanFor(const Place&) const override {
    if (!status_.ok()) return status_;
    Plan plan;
    plan.command = {program_};
    plan.environment = {"WHERE=127.0.0.1:7"};
    plan.token = "secret";
    return plan;
  }
  std::optional<std::string> ReadyAddress(const std::string& line) const override {
    return line.substr(0, 3) == "at " ? std::optional(line.substr(3)) : std::nullopt;
  }

 private:
  const std::string name_ = kSparkEngine;
  const std::string program_;
  const absl::Status status_;
};

TEST_F(FleetTest, EachEngineHasClustersOfItsOwn) {
  PoolOptions native{
      .engine = std::make_shared<NativeEngine>(std::vector<std::string>{Script("one", kEngine)}),
      .memory_bytes = 64 << 20};
  PoolOptions telling{
      .engine = std::make_shared<TellingEngine>(
          Script("two", "echo noise; echo at $WHERE; while :; do sleep 0.02; done"), absl::OkStatus()),
      .memory_bytes = 64 << 20};
  Start({native, telling});
  EXPECT_TRUE(fleet_->Has(kSparkEngine));
  const auto spark = Acquire(kSparkEngine);
  ASSERT_TRUE(spark.ok()) << spark.status();
  EXPECT_EQ(spark->cluster()->id(), "spark-1");
  EXPECT_EQ(spark->cluster()->engine(), kSparkEngine);
  EXPECT_EQ(spark->cluster()->address(), "127.0.0.1:7");
  EXPECT_EQ(spark->cluster()->token(), "secret");
  EXPECT_EQ(Acquire()->cluster()->id(), "native-1");
  EXPECT_EQ(Acquire("another").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FleetTest, WhoWaitsIsToldWhyAnEngineCannotBeRunHere) {
  Start(
      {PoolOptions{.engine = std::make_shared<TellingEngine>("", absl::FailedPreconditionError("no Java"))}});
  const auto lease = Acquire(kSparkEngine);
  EXPECT_NE(lease.status().message().find("no Java"), absl::string_view::npos) << lease.status();
}

/// A cluster that a fleet of another process started, which was killed then.
class AdoptionTest : public FleetTest {
 protected:
  /// Starts such a process and kills it when its cluster is ready, which is `left_` then.
  void LeaveACluster(const std::string& script, PoolOptions pool = {}) {
    orphan_max_ = milliseconds(60'000);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
      Start(script, pool);
      const auto lease = Acquire();
      const pid_t pid = lease.ok() ? PidOf(*lease->cluster()) : 0;
      lease->cluster()->Remember("a note");
      lease->cluster()->Remember("forgotten");
      lease->cluster()->Forget("forgotten");
      if (!note_.empty()) lease->cluster()->Remember(note_);
      (void)!::write(pipe[1], &pid, sizeof pid);
      for (;;) ::pause();
    }
    ASSERT_EQ(::read(pipe[0], &left_, sizeof left_), static_cast<ssize_t>(sizeof left_));
    ::close(pipe[0]);
    ::close(pipe[1]);
    ASSERT_GT(left_, 0);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
  }
  static bool IsAlive(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    return !text.empty() && text.find(") Z") == std::string::npos;
  }
  /// The parent of a cluster's process.
  static pid_t KeeperOf(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string own, name, state;
    pid_t parent = 0;
    stat >> own >> name >> state >> parent;
    HEARTH_CHECK(parent > 1);
    return parent;
  }
  std::string Logged() {
    absl::MutexLock lock(&mutex_);
    return log_;
  }

  /// An engine that lets go when it is told.
  static constexpr char kReleasing[] =
      "trap 'echo hearth engine released all' USR1; echo hearth engine ready on $2; while :; do sleep 0.02; "
      "done";
  std::string note_;
  pid_t left_ = 0;
};

TEST_F(AdoptionTest, ALivingClusterGoesOn) {
  LeaveACluster(kReleasing);
  EXPECT_TRUE(IsAlive(left_));
  Start(kReleasing);
  const auto lease = Acquire();
  ASSERT_TRUE(lease.ok()) << lease.status();
  const Cluster& cluster = *lease->cluster();
  EXPECT_EQ(PidOf(cluster), left_);
  EXPECT_EQ(cluster.id(), "native-1");
  EXPECT_EQ(cluster.address(), "unix:" + directory_ + "/native-1.sock");
  EXPECT_TRUE(cluster.is_adopted());
  EXPECT_EQ(cluster.left_notes(), (std::set<std::string>{"a note"}));
  EXPECT_NE(Logged().find("adopted cluster native-1"), std::string::npos) << Logged();
}

TEST_F(AdoptionTest, AKeeperThatIsSlowHearsAllTheSame) {
  Start(kEngine);
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  const pid_t keeper = KeeperOf(PidOf(*cluster));
  ::kill(keeper, SIGSTOP);
  const std::string long_note(1000, 'n');
  for (int i = 0; i < 5000; ++i) cluster->Remember(long_note + std::to_string(i));
  ::kill(keeper, SIGCONT);
  EXPECT_EQ(Acquire()->cluster(), cluster);
  fleet_->Stop();
  EXPECT_NE(cluster->cause_of_death(), "") << "its end was told";
  EXPECT_EQ(Logged().find("died"), std::string::npos) << Logged();
}

TEST_F(AdoptionTest, ItsEndIsNoticedAndTheNextOneHasAnotherId) {
  LeaveACluster(kReleasing);
  Start(kReleasing);
  std::shared_ptr<Cluster> adopted = Acquire()->cluster();
  ::kill(left_, SIGSEGV);
  EXPECT_TRUE(Eventually([&] { return adopted->state() == ClusterState::kDead; }));
  EXPECT_EQ(adopted->cause_of_death(), "signal 11 (Segmentation fault)");
  EXPECT_EQ(adopted->death(), Death::kCrashed);
  EXPECT_EQ(Acquire()->cluster()->id(), "native-2");
}

TEST_F(AdoptionTest, StopEndsItToo) {
  LeaveACluster(kReleasing);
  Start(kReleasing);
  fleet_->Stop();
  EXPECT_FALSE(IsAlive(left_));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/native-1.keep"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/temp/native-1"));
}

TEST_F(AdoptionTest, OneOfOtherSettingsIsEnded) {
  LeaveACluster(kReleasing);
  PoolOptions larger{
      .engine = std::make_shared<NativeEngine>(std::vector<std::string>{directory_ + "/engine"}, "another"),
      .memory_bytes = 64 << 20,
      .threads = 1};
  Start({larger});
  EXPECT_TRUE(Eventually([&] { return !IsAlive(left_); }));
  EXPECT_EQ(Acquire()->cluster()->id(), "native-2");
  EXPECT_NE(Logged().find("other settings"), std::string::npos) << Logged();
}

TEST_F(AdoptionTest, OneWhoseProgramWasReplacedIsEnded) {
  LeaveACluster(kReleasing);
  std::filesystem::remove(directory_ + "/engine");
  Start(std::string(kReleasing) + " # newer");
  EXPECT_TRUE(Eventually([&] { return !IsAlive(left_); }));
}

TEST_F(AdoptionTest, OneThatDoesNotLetGoIsEnded) {
  LeaveACluster("trap '' USR1; " + std::string(kEngine));
  Start("trap '' USR1; " + std::string(kEngine));
  EXPECT_FALSE(IsAlive(left_)) << "before anything else begins";
  EXPECT_FALSE(Acquire()->cluster()->is_adopted());
}

TEST_F(AdoptionTest, OneWithUnfinishedWorkEndsWithItsGateway) {
  note_ = std::string(kUnfinishedNote) + "a write";
  LeaveACluster(kReleasing);
  EXPECT_TRUE(Eventually([&] { return !IsAlive(left_); }));
  EXPECT_TRUE(Eventually([&] { return !std::filesystem::exists(directory_ + "/native-1.keep"); }));
}

TEST_F(AdoptionTest, WhatNobodyStandsBehindIsRemoved) {
  const int dead = ListenOn(directory_ + "/native-7.keep");
  ASSERT_GE(dead, 0);
  ::close(dead);
  std::ofstream(directory_ + "/native-7.sock") << "";
  std::filesystem::create_directories(directory_ + "/temp/native-7");
  Start(kEngine);
  EXPECT_TRUE(fleet_->Clusters().empty());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/native-7.keep"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/native-7.sock"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/temp/native-7"));
}

TEST_F(AdoptionTest, AKilledKeeperIsTheEndOfItsCluster) {
  Start(kEngine);
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  const pid_t pid = PidOf(*cluster);
  ::kill(KeeperOf(pid), SIGKILL);
  EXPECT_TRUE(Eventually([&] { return cluster->state() == ClusterState::kDead; }));
  EXPECT_TRUE(Eventually([&] { return !IsAlive(pid); }));
  EXPECT_NE(Acquire()->cluster(), cluster);
}

TEST_F(AdoptionTest, AKeeperThatHangsKeepsNothingAlive) {
  Start(kEngine);
  std::shared_ptr<Cluster> cluster = Acquire()->cluster();
  const pid_t pid = PidOf(*cluster);
  ::kill(KeeperOf(pid), SIGSTOP);
  fleet_->Stop();
  EXPECT_EQ(cluster->state(), ClusterState::kDead);
  EXPECT_TRUE(Eventually([&] { return !IsAlive(pid); }));
}

TEST_F(AdoptionTest, AnAdoptedKeeperThatHangsNeither) {
  LeaveACluster(kReleasing);
  Start(kReleasing);
  const auto lease = Acquire();
  ASSERT_TRUE(lease->cluster()->is_adopted());
  ::kill(KeeperOf(left_), SIGSTOP);
  fleet_->Stop();
  EXPECT_EQ(lease->cluster()->state(), ClusterState::kDead);
  EXPECT_TRUE(Eventually([&] { return !IsAlive(left_); }));
}

}  // namespace
}  // namespace hearth::fleet

/// This program is its own keeper.
int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "keep") return hearth::fleet::Keep(3);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
