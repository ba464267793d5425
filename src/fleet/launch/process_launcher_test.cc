#include "fleet/launch/process_launcher.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

namespace hearth::fleet {
namespace {

struct Outcome {
  std::vector<std::string> lines;
  ProcessExit exit;
};

/// Runs a shell script to its end.
Outcome RunScript(ProcessLauncher& launcher, const std::string& script,
                  std::optional<uint64_t> data_bytes_max = std::nullopt) {
  auto outcome = std::make_shared<Outcome>();
  auto done = std::make_shared<std::promise<void>>();
  launcher.Start({.command = {"/bin/sh", "-c", script}, .data_bytes_max = data_bytes_max},
                 {.on_line = [outcome](const std::string& line) { outcome->lines.push_back(line); },
                  .on_exit =
                      [outcome, done](const ProcessExit& exit) {
                        outcome->exit = exit;
                        done->set_value();
                      }});
  done->get_future().wait();
  return *outcome;
}

bool IsAlive(pid_t pid) { return ::kill(pid, 0) == 0; }

bool EventuallyDead(pid_t pid) {
  for (int i = 0; i < 500 && IsAlive(pid); ++i) ::usleep(10'000);
  return !IsAlive(pid);
}

TEST(ProcessLauncherTest, TellsLinesAndExit) {
  ProcessLauncher launcher;
  const Outcome good = RunScript(launcher, "echo one; printf 'tw'; echo o; printf unfinished; exit 7");
  EXPECT_EQ(good.lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(good.exit.status, 7);
  EXPECT_EQ(good.exit.ToString(), "exit status 7");
  const Outcome killed = RunScript(launcher, "kill -SEGV $$");
  EXPECT_EQ(killed.exit.status, std::nullopt);
  EXPECT_EQ(killed.exit.signal, SIGSEGV);
}

TEST(ProcessLauncherTest, GivesItsEnvironmentAndItsLogFile) {
  ProcessLauncher launcher;
  const std::string log = testing::TempDir() + "/launched.log";
  std::filesystem::remove(log);
  ::setenv("LAUNCHED_BEFORE", "old", 1);
  std::promise<std::string> line;
  std::promise<void> over;
  launcher.Start({.command = {"/bin/sh", "-c", "echo $LAUNCHED_BEFORE $LAUNCHED_NEW $HOME; echo trouble >&2"},
                  .environment = {"LAUNCHED_BEFORE=new", "LAUNCHED_NEW=too"},
                  .log_file = log},
                 {.on_line = [&](const std::string& text) { line.set_value(text); },
                  .on_exit = [&](const ProcessExit&) { over.set_value(); }});
  EXPECT_EQ(line.get_future().get(), "new too " + std::string(std::getenv("HOME")));
  over.get_future().wait();
  std::string logged;
  std::getline(std::ifstream(log), logged);
  EXPECT_EQ(logged, "trouble");
}

TEST(ProcessLauncherTest, SaysThatAProgramCannotBeRun) {
  ProcessLauncher launcher;
  std::promise<ProcessExit> exit;
  launcher.Start(
      {.command = {"/no/such/program"}},
      {.on_line = [](const std::string&) {}, .on_exit = [&](const ProcessExit& e) { exit.set_value(e); }});
  EXPECT_NE(exit.get_future().get().error.find("/no/such/program"), std::string::npos);
}

TEST(ProcessLauncherTest, SignalsReachTheProcess) {
  ProcessLauncher launcher;
  std::promise<ProcessExit> exit;
  std::atomic<ProcessLauncher::Id> id{0};
  id = launcher.Start(
      {.command = {"/bin/sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"}},
      {.on_line =
           [&](const std::string&) {
             while (id == 0) {
             }
             launcher.Signal(id, SIGTERM);
           },
       .on_exit = [&](const ProcessExit& e) { exit.set_value(e); }});
  EXPECT_EQ(exit.get_future().get().status, 5);
  EXPECT_EQ(launcher.PidOf(id), 0);
}

TEST(ProcessLauncherTest, TheLifelineIsDescriptorThreeAndNothingElseIsInherited) {
  ProcessLauncher launcher;
  const Outcome outcome =
      RunScript(launcher, "ls /proc/$$/fd | tr '\\n' ' '; echo; readlink /proc/$$/fd/3 | cut -c1-4");
  ASSERT_EQ(outcome.lines.size(), 2u);
  EXPECT_EQ(outcome.lines[1], "pipe");
}

TEST(ProcessLauncherTest, RunsInAGroupOfItsOwn) {
  ProcessLauncher launcher;
  const Outcome outcome = RunScript(launcher, "echo $$; cut -d' ' -f5 /proc/$$/stat");
  ASSERT_EQ(outcome.lines.size(), 2u);
  EXPECT_EQ(outcome.lines[0], outcome.lines[1]);
}

TEST(ProcessLauncherTest, WhatAProcessLeavesBehindEndsWithIt) {
  ProcessLauncher launcher;
  // The child of the shell holds the shell's standard output.
  const Outcome outcome = RunScript(launcher, "sleep 1000 & echo $!; exit 4");
  EXPECT_EQ(outcome.exit.status, 4);
  ASSERT_EQ(outcome.lines.size(), 1u);
  EXPECT_TRUE(EventuallyDead(std::atoi(outcome.lines[0].c_str())));
}

TEST(ProcessLauncherTest, TheDataLimitHolds) {
  ProcessLauncher launcher;
  EXPECT_EQ(RunScript(launcher, "ulimit -d", uint64_t{512} << 20).lines, std::vector<std::string>{"524288"});
}

TEST(ProcessLauncherTest, ItsEndIsTheirEnd) {
  std::promise<pid_t> pid;
  std::promise<void> ended;
  {
    ProcessLauncher launcher;
    launcher.Start({.command = {"/bin/sh", "-c", "echo $$; while :; do sleep 1; done"}},
                   {.on_line = [&](const std::string& line) { pid.set_value(std::atoi(line.c_str())); },
                    .on_exit = [&](const ProcessExit&) { ended.set_value(); }});
    pid_t child = pid.get_future().get();
    EXPECT_TRUE(IsAlive(child));
    pid = {};
    pid.set_value(child);
  }
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_FALSE(IsAlive(pid.get_future().get()));
}

TEST(ProcessLauncherTest, AKilledParentLeavesNoOrphan) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ProcessLauncher launcher;
    launcher.Start({.command = {"/bin/sh", "-c", "echo $$; exec sleep 1000"}},
                   {.on_line =
                        [&](const std::string& line) {
                          const pid_t child = std::atoi(line.c_str());
                          (void)!::write(pipe[1], &child, sizeof child);
                        },
                    .on_exit = [](const ProcessExit&) {}});
    for (;;) ::pause();
  }
  pid_t child = 0;
  ASSERT_EQ(::read(pipe[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_TRUE(IsAlive(child));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(EventuallyDead(child));
}

}  // namespace
}  // namespace hearth::fleet
