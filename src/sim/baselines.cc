#include "sim/baselines.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

namespace hearth::sim {
namespace {

template <typename T>
using Soonest = std::priority_queue<T, std::vector<T>, std::greater<T>>;

// Some slots and the queue before them.
struct Lane {
  int free = 0;
  size_t present = 0;  // waiting and running
  Soonest<std::pair<int64_t, size_t>> waiting;
};

// Queries run to their end once they began. `lane_of` chooses one of the lanes at arrival, `order` is the
// place in its queue, ties by arrival.
class NonPreemptive {
 public:
  using LaneOf = std::function<size_t(size_t query, const std::vector<Lane>& lanes)>;
  using Order = std::function<int64_t(size_t query)>;

  NonPreemptive(const std::vector<Query>& load, size_t lanes, int slots_each)
      : load_(load),
        lanes_(lanes, Lane{.free = slots_each}),
        lane_of_(load.size()),
        responses_(load.size()) {}

  Responses Run(const LaneOf& lane_of, const Order& order) {
    for (size_t i = 0; i < load_.size(); ++i) {
      EndUntil(load_[i].arrival);
      lane_of_[i] = lane_of(i, lanes_);
      Lane& lane = lanes_[lane_of_[i]];
      ++lane.present;
      lane.waiting.emplace(order(i), i);
      StartOn(lane, load_[i].arrival);
    }
    EndUntil(Instant::max());
    return std::move(responses_);
  }

 private:
  void StartOn(Lane& lane, Instant now) {
    while (lane.free > 0 && !lane.waiting.empty()) {
      const size_t query = lane.waiting.top().second;
      lane.waiting.pop();
      --lane.free;
      ends_.emplace(now + load_[query].work, query);
    }
  }

  void EndUntil(Instant until) {
    while (!ends_.empty() && ends_.top().first <= until) {
      const auto [now, query] = ends_.top();
      ends_.pop();
      responses_[query] = now - load_[query].arrival;
      Lane& lane = lanes_[lane_of_[query]];
      ++lane.free;
      --lane.present;
      StartOn(lane, now);
    }
  }

  const std::vector<Query>& load_;
  std::vector<Lane> lanes_;
  std::vector<size_t> lane_of_;
  Responses responses_;
  Soonest<std::pair<Instant, size_t>> ends_;
};

int64_t ByArrival(size_t query) { return static_cast<int64_t>(query); }

// For each query, the interval of estimates that it is in.
std::vector<size_t> IntervalsOfEqualLoad(const std::vector<Query>& load, size_t intervals) {
  std::vector<size_t> by_estimate(load.size());
  std::iota(by_estimate.begin(), by_estimate.end(), size_t{0});
  std::stable_sort(by_estimate.begin(), by_estimate.end(),
                   [&](size_t a, size_t b) { return load[a].estimate < load[b].estimate; });
  Duration total{0};
  for (const Query& query : load) total += query.work;
  std::vector<size_t> interval(load.size());
  Duration below{0};
  for (const size_t query : by_estimate) {
    interval[query] = std::min(
        intervals - 1, static_cast<size_t>(below / (total / static_cast<int64_t>(intervals) + Duration(1))));
    below += load[query].work;
  }
  return interval;
}

class ShortestRemaining {
 public:
  ShortestRemaining(const std::vector<Query>& load, int slots)
      : load_(load), slots_(static_cast<size_t>(slots)), responses_(load.size()) {}

  Responses Run() {
    for (size_t i = 0; i < load_.size(); ++i) {
      const Instant now = load_[i].arrival;
      EndUntil(now);
      waiting_.emplace(load_[i].work, i);
      if (running_.size() == slots_) {
        const auto longest = std::prev(running_.end());
        if (longest->first - now <= load_[i].work) continue;
        waiting_.emplace(longest->first - now, longest->second);
        running_.erase(longest);
      }
      StartOne(now);
    }
    EndUntil(Instant::max());
    return std::move(responses_);
  }

 private:
  void StartOne(Instant now) {
    if (waiting_.empty()) return;
    const auto [remaining, query] = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    running_.emplace(now + remaining, query);
  }

  void EndUntil(Instant until) {
    while (!running_.empty() && running_.begin()->first <= until) {
      const auto [now, query] = *running_.begin();
      running_.erase(running_.begin());
      responses_[query] = now - load_[query].arrival;
      StartOne(now);
    }
  }

  const std::vector<Query>& load_;
  const size_t slots_;
  Responses responses_;
  std::set<std::pair<Duration, size_t>> waiting_;  // by work left
  std::set<std::pair<Instant, size_t>> running_;   // by end
};

}  // namespace

Responses GlobalFirstCome(const std::vector<Query>& load, const Slots& slots) {
  return NonPreemptive(load, 1, slots.total()).Run([](size_t, const auto&) { return 0; }, ByArrival);
}

Responses JoinShortestQueue(const std::vector<Query>& load, const Slots& slots) {
  const auto shortest = [](size_t, const std::vector<Lane>& lanes) {
    const auto least = std::min_element(lanes.begin(), lanes.end(),
                                        [](const Lane& a, const Lane& b) { return a.present < b.present; });
    return static_cast<size_t>(least - lanes.begin());
  };
  return NonPreemptive(load, static_cast<size_t>(slots.clusters), slots.per_cluster).Run(shortest, ByArrival);
}

Responses SizeIntervals(const std::vector<Query>& load, const Slots& slots) {
  const auto clusters = static_cast<size_t>(slots.clusters);
  const std::vector<size_t> interval = IntervalsOfEqualLoad(load, clusters);
  return NonPreemptive(load, clusters, slots.per_cluster)
      .Run([&](size_t query, const auto&) { return interval[query]; }, ByArrival);
}

Responses ShortestEstimateFirst(const std::vector<Query>& load, const Slots& slots) {
  return NonPreemptive(load, 1, slots.total())
      .Run([](size_t, const auto&) { return 0; }, [&](size_t query) { return load[query].estimate.count(); });
}

Responses ClairvoyantShortestRemaining(const std::vector<Query>& load, const Slots& slots) {
  return ShortestRemaining(load, slots.total()).Run();
}

}  // namespace hearth::sim
