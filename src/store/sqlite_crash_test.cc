// The process is killed at any instant: what was answered is there, and nothing is there by halves.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/store_fixture.h"

namespace hearth::store {
namespace {

constexpr int kWriters = 8;
constexpr int kKills = 25;

/// One answered commit, as the child reports it; small enough that a pipe never takes half of it.
struct Answered {
  int writer;
  int number;
};

std::string KeyOf(int round, int writer, int number, const char* half) {
  return absl::StrCat(half, "/", round, "/", writer, "/", number);
}

/// Writes until it is killed: each batch has two keys that lie far apart.
[[noreturn]] void WriteForEver(const std::string& path, int round, int answers) {
  auto store = OpenNow(OptionsFor(path));
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&store, round, writer, answers] {
      for (int number = 0;; ++number) {
        Batch batch;
        batch.Put(KeyOf(round, writer, number, "left"),
                  std::string(static_cast<size_t>(number) % 3'000, 'l'));
        batch.Put(KeyOf(round, writer, number, "right"), absl::StrCat(number));
        HEARTH_CHECK(CommitNow(*store, std::move(batch)).ok());
        const Answered answered{writer, number};
        HEARTH_CHECK(::write(answers, &answered, sizeof(answered)) == sizeof(answered));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ::_exit(1);
}

/// The last answered number of each writer, -1 for none, of a child that lives for so long.
std::vector<int> KillAfter(std::chrono::microseconds life, const std::string& path, int round) {
  int answers[2];
  HEARTH_CHECK(::pipe(answers) == 0);
  const pid_t child = ::fork();
  HEARTH_CHECK(child >= 0);
  if (child == 0) WriteForEver(path, round, answers[1]);
  ::close(answers[1]);
  std::thread killer([life, child] {
    std::this_thread::sleep_for(life);
    ::kill(child, SIGKILL);
  });
  std::vector<int> last(kWriters, -1);
  for (Answered answered{}; ::read(answers[0], &answered, sizeof(answered)) == sizeof(answered);)
    last[static_cast<size_t>(answered.writer)] =
        std::max(last[static_cast<size_t>(answered.writer)], answered.number);
  killer.join();
  ::close(answers[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;
  return last;
}

TEST(SqliteCrash, WhatWasAnsweredIsThereAndNothingByHalves) {
  const TemporaryFolder folder;
  std::mt19937 random(std::random_device{}());
  int answered = 0;
  for (int round = 0; round < kKills; ++round) {
    const std::chrono::microseconds life(std::uniform_int_distribution<int>(1'000, 200'000)(random));
    const std::vector<int> last = KillAfter(life, folder.store(), round);
    const auto store = OpenNow(OptionsFor(folder.store()));
    const auto entries = Entries(*store);
    for (int writer = 0; writer < kWriters; ++writer) {
      int number = 0;
      for (;; ++number) {
        const bool left = entries.count(KeyOf(round, writer, number, "left")) != 0;
        ASSERT_EQ(left, entries.count(KeyOf(round, writer, number, "right")) != 0)
            << "half a batch: round " << round << ", writer " << writer << ", " << number << ", "
            << life.count() << " us";
        if (!left) break;
      }
      ASSERT_GT(number, last[static_cast<size_t>(writer)])
          << "answered and lost: round " << round << ", writer " << writer << ", " << life.count() << " us";
      answered += last[static_cast<size_t>(writer)] + 1;
    }
    ASSERT_EQ(CommitNow(*store, std::move(Batch().ErasePrefix(""))), absl::OkStatus())
        << "it can be written to";
  }
  EXPECT_GT(answered, kKills) << "so many were answered that this means something";
}

}  // namespace
}  // namespace hearth::store
