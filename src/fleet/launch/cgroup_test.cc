#include "fleet/launch/cgroup.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace hearth::fleet {
namespace {

namespace fs = std::filesystem;

/// A directory that looks like a mounted hierarchy.
class FakeCgroups : public testing::Test {
 protected:
  FakeCgroups() {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/hearth-cgroup-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~FakeCgroups() override { fs::remove_all(root_); }

  void Put(const fs::path& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string Get(const fs::path& path) {
    std::ifstream file(path);
    std::string text;
    std::getline(file, text);
    return text;
  }
  fs::path root_;
};

TEST_F(FakeCgroups, Version1GroupsStandBelowOurOwn) {
  Put("memory/memory.limit_in_bytes", "0");
  Put("memory/box/memory.limit_in_bytes", "0");
  Put("cpu/cpu.shares", "1024");
  Put("self", "4:memory:/box\n2:cpu,cpuacct:/\n0::/\n");
  const CgroupHost host = CgroupHost::Detect(root_, root_ / "self");
  ASSERT_EQ(host.version(), 1) << host.why_not();
  auto group = host.Create("c1", {.memory_bytes = 1000, .threads = 2, .machine_threads = 4});
  ASSERT_TRUE(group.ok()) << group.status();
  const std::string name = "hearth-" + std::to_string(::getpid()) + "-c1";
  EXPECT_EQ(Get(root_ / "memory/box" / name / "memory.limit_in_bytes"), "1000");
  EXPECT_EQ(Get(root_ / "cpu" / name / "cpu.shares"), "2048");
  EXPECT_EQ(Get(root_ / "cpu" / name / "cpu.cfs_quota_us"), "200000");
  EXPECT_EQ((*group)->ProcsFiles().size(), 2u);
  Put(fs::path("memory/box") / name / "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  EXPECT_EQ((*group)->OutOfMemoryKills(), 3u);
}

TEST_F(FakeCgroups, Version2TakesTheNearestThatHandsMemoryDown) {
  Put("cgroup.controllers", "cpu memory");
  Put("cgroup.subtree_control", "cpu memory");
  Put("user/cgroup.subtree_control", "cpu");
  Put("user/box/cgroup.subtree_control", "");
  Put("self", "0::/user/box\n");
  const CgroupHost host = CgroupHost::Detect(root_, root_ / "self");
  ASSERT_EQ(host.version(), 2) << host.why_not();
  auto group = host.Create("c1", {.memory_bytes = 1000, .threads = 4, .machine_threads = 4});
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(Get(root_ / ("hearth-" + std::to_string(::getpid()) + "-c1") / "memory.max"), "1000");
}

TEST_F(FakeCgroups, TheMemoryOfAContainerCountsEvenIfNoGroupCanBeMade) {
  Put("cgroup.controllers", "cpu memory");
  Put("cgroup.subtree_control", "");
  Put("memory.max", "max");
  Put("user/memory.max", "5000");
  Put("user/box/memory.max", "70000");
  Put("self", "0::/user/box\n");
  const CgroupHost host = CgroupHost::Detect(root_, root_ / "self");
  EXPECT_EQ(host.version(), 0);
  EXPECT_EQ(host.MemoryBytes(), 5000u);
  Put("self", "0::/\n");
  EXPECT_GT(CgroupHost::Detect(root_, root_ / "self").MemoryBytes(), uint64_t{100} << 20) << "the machine's";
}

TEST_F(FakeCgroups, WithoutAControllerItSaysWhy) {
  Put("self", "0::/\n");
  EXPECT_EQ(CgroupHost::Detect(root_, root_ / "self").version(), 0);
  EXPECT_NE(CgroupHost::Detect(root_, root_ / "self").why_not(), "");
  Put("cgroup.controllers", "cpu memory");
  Put("cgroup.subtree_control", "");
  const CgroupHost host = CgroupHost::Detect(root_, root_ / "self");
  EXPECT_EQ(host.version(), 0);
  EXPECT_FALSE(host.Create("c1", {}).ok());
}

TEST_F(FakeCgroups, WhatAGroupHoldsIsToldByBothVersions) {
  Put("v1/memory.stat", "cache 4096\nrss 1234\nmapped_file 7\n");
  Put("v2/memory.stat", "anon 5678\nfile 4096\n");
  EXPECT_EQ(MemoryIn(root_ / "v1/memory.stat"), 1234u);
  EXPECT_EQ(MemoryIn(root_ / "v2/memory.stat"), 5678u);
  EXPECT_EQ(MemoryIn(root_ / "gone/memory.stat"), 0u);
}

TEST(CgroupTest, TheProcessMayTakeMoreThanItsEngine) {
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  EXPECT_EQ(ProcessLimitBytes(kGiB), kGiB + kGiB / 2);
  EXPECT_EQ(ProcessLimitBytes(16 * kGiB), 18 * kGiB);
}

/// On the machine itself, where that is allowed.
class RealCgroups : public testing::Test {
 protected:
  void SetUp() override {
    if (host_.version() == 0) GTEST_SKIP() << host_.why_not();
  }
  static void Enter(const Cgroup& group) {
    for (const std::string& file : group.ProcsFiles()) std::ofstream(file) << 0 << std::flush;
  }
  const CgroupHost host_ = CgroupHost::Detect();
};

TEST_F(RealCgroups, AProcessBeyondItsMemoryIsKilledAndCounted) {
  auto group = host_.Create("oom", {.memory_bytes = 32 << 20, .threads = 1, .machine_threads = 1});
  ASSERT_TRUE(group.ok()) << group.status();
  const pid_t child = ::fork();
  if (child == 0) {
    Enter(**group);
    for (;;) {
      char* page = new char[1 << 20];
      for (int i = 0; i < 1 << 20; i += 4096) page[i] = 1;
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ((*group)->OutOfMemoryKills(), 1u);
}

TEST_F(RealCgroups, TheEndOfAGroupEndsWhatRunsInIt) {
  auto group = host_.Create("end", {.memory_bytes = 64 << 20, .threads = 1, .machine_threads = 1});
  ASSERT_TRUE(group.ok()) << group.status();
  const pid_t child = ::fork();
  if (child == 0) {
    Enter(**group);
    for (;;) ::pause();
  }
  while (true) {
    std::ifstream procs((*group)->ProcsFiles().front());
    pid_t inside = 0;
    if (procs >> inside && inside == child) break;
  }
  const fs::path directory = fs::path((*group)->ProcsFiles().front()).parent_path();
  std::thread reaper([&] { ::waitpid(child, nullptr, 0); });
  group->reset();
  reaper.join();
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(RealCgroups, GroupsOfTheDeadAreSwept) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Dies without a chance to clean up.
    auto group = host_.Create("stale", {.memory_bytes = 64 << 20, .threads = 1, .machine_threads = 1});
    const std::string directory = fs::path((*group)->ProcsFiles().front()).parent_path();
    (void)!::write(pipe[1], directory.data(), directory.size());
    ::kill(::getpid(), SIGKILL);
  }
  char buffer[512];
  const ssize_t size = ::read(pipe[0], buffer, sizeof buffer);
  ASSERT_GT(size, 0);
  ::waitpid(child, nullptr, 0);
  const fs::path directory(std::string(buffer, static_cast<size_t>(size)));
  EXPECT_TRUE(fs::exists(directory));
  EXPECT_GE(host_.SweepStale(), 1);
  EXPECT_FALSE(fs::exists(directory));
}

}  // namespace
}  // namespace hearth::fleet
