// placement_timer [--events N]
//
// What a decision of placement costs: one event and the Decide after it, at two sizes of pool. Events keep
// the pool as it is: an arrival, then the end of an operation that runs, then an arrival again. Prints a line
// for each size: events, mean, p50, p99 and the longest, in microseconds of this thread's own processor time
// for the mean and of the clock for the others, so that only the others see what else runs on the machine.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "placement/scheduler.h"

namespace {

using hearth::placement::Decisions;
using hearth::placement::Instant;
using hearth::placement::Request;
using hearth::placement::Scheduler;

struct Setting {
  int clusters;
  int slots;
  size_t waiting;  // beyond those that run
};

// A generator of its own: what is measured is not the library's.
class Dice {
 public:
  uint64_t Below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_ = 1;
};

double ProcessorMicroseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

class Pool {
 public:
  explicit Pool(const Setting& setting) {
    for (int i = 0; i < setting.clusters; ++i) {
      scheduler_.Put(
          now_, {.id = "c" + std::to_string(i), .memory_bytes = uint64_t{64} << 30, .slots = setting.slots});
    }
    const size_t target = static_cast<size_t>(setting.clusters * setting.slots) + setting.waiting;
    while (scheduler_.waiting() + scheduler_.running() < target) {
      Add(NewRequest());
      Decide();
    }
  }

  // Times of single events, in microseconds; the mean of processor time in `mean`.
  std::vector<double> Run(size_t events, double* mean) {
    std::vector<double> times;
    std::vector<Request> requests;
    for (size_t i = 0; i < events; i += 2) requests.push_back(NewRequest());
    const double before = ProcessorMicroseconds();
    for (size_t i = 0; i < events; ++i) {
      now_ += std::chrono::microseconds(100);
      const auto begin = std::chrono::steady_clock::now();
      i % 2 == 0 ? Add(std::move(requests[i / 2])) : EndOne();
      Decide();
      times.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
    }
    *mean = (ProcessorMicroseconds() - before) / static_cast<double>(events);
    return times;
  }

 private:
  Request NewRequest() {
    Request request;
    request.operation = next_++;
    request.user = "u" + std::to_string(dice_.Below(20));
    const double work = std::exp(static_cast<double>(dice_.Below(1200)) / 100 - 5);
    request.estimate = {{work, 20 * work}, {0x1p26 * static_cast<double>(1 + dice_.Below(100)), 0}, "plan"};
    return request;
  }
  void Add(Request request) { scheduler_.Add(now_, std::move(request)); }
  void EndOne() {
    if (running_.empty()) return;
    const size_t at = dice_.Below(running_.size());
    std::swap(running_[at], running_.back());
    scheduler_.Ended(now_, running_.back());
    running_.pop_back();
  }
  void Decide() {
    const Decisions decisions = scheduler_.Decide(now_);
    for (const auto& placement : decisions.placements) running_.push_back(placement.operation);
  }

  Dice dice_;
  Scheduler scheduler_;
  Instant now_{};
  uint64_t next_ = 1;
  std::vector<uint64_t> running_;
};

}  // namespace

int main(int argc, char** argv) {
  size_t events = 200'000;
  if (argc == 3 && std::strcmp(argv[1], "--events") == 0) events = std::strtoull(argv[2], nullptr, 10);
  for (const Setting& setting : {Setting{64, 4, 0}, Setting{64, 4, 100}, Setting{1000, 8, 10'000}}) {
    double mean = 0;
    std::vector<double> times = Pool(setting).Run(std::max<size_t>(events, 2), &mean);
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
      return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
    };
    std::printf(
        "clusters %d, slots each %d, waiting %zu: events %zu mean %.3f us p50 %.2f p99 %.2f max %.1f\n",
        setting.clusters, setting.slots, setting.waiting, times.size(), mean, at(0.5), at(0.99),
        times.back());
  }
  return 0;
}
