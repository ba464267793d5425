// What holds for any events: random streams, each from a seed that a failure names.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "placement/need.h"
#include "placement/scheduler.h"

namespace hearth::placement {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Mix {
  Options options;
  // Estimates are absurd now and then.
  bool absurd = true;
  // Cluster sizes and memory needs differ.
  bool memory = true;
  bool lost_clusters = true;
};

Options NativeOptions() {
  Options options;
  options.engines["native"] = {.shared_work_max = milliseconds(100), .slots = 4};
  options.restarts_max = 2;
  options.wasted_permille_max = 300;
  options.passed_over_max = seconds(60);
  return options;
}

// Random events, and a ledger of what must hold, kept apart from the scheduler.
class Stream {
 public:
  Stream(uint64_t seed, const Mix& mix) : random_(seed), mix_(mix), scheduler_(mix.options) {}

  std::string Run(int events) {
    for (int i = 0; i < events && !testing::Test::HasFailure(); ++i) {
      now_ += milliseconds(Below(400));
      Happen();
      Check(scheduler_.Decide(now_));
    }
    Finish();
    return log_;
  }

 private:
  struct Known {
    Request request;
    Instant since{};
    std::string cluster;  // "": it waits
    uint64_t memory = 0;
    bool alone = false;
  };
  struct Offer {
    ClusterOffer offer;
    std::set<uint64_t> running;
  };

  uint64_t Below(uint64_t bound) { return random_() % bound; }

  double Absurd(double usual) {
    static const double kValues[] = {std::nan(""), -1, 0, INFINITY, -INFINITY, 1e30, 1e-300};
    return mix_.absurd && Below(10) == 0 ? kValues[Below(std::size(kValues))] : usual;
  }

  void Happen() {
    const uint64_t dice = Below(100);
    if (dice < 45) return Add();
    if (dice < 80) return End();
    if (dice < 85) return Withdraw();
    if (dice < 90) return Nonsense();
    if (dice < 97) return Put();
    if (mix_.lost_clusters) Drop();
  }

  void Add() {
    Request request;
    request.operation = next_++;
    request.user = absl::StrCat("u", Below(4));
    const double work = std::exp(static_cast<double>(Below(1200)) / 100 - 5);
    request.estimate.work_seconds = {Absurd(work), Absurd(work * 20)};
    const double memory = mix_.memory ? 0x1p20 * static_cast<double>(1 + Below(6000)) : 0x1p20;
    request.estimate.memory_bytes = {Absurd(memory), Absurd(memory)};
    request.profile = Below(4) == 0 ? Profile::kBatch : Profile::kInteractive;
    request.may_restart = Below(2) == 0;
    if (Below(3) == 0) request.warm = {absl::StrCat("c", Below(8))};
    Submit(request);
  }

  void Submit(const Request& request) {
    ASSERT_TRUE(scheduler_.Add(now_, request));
    known_[request.operation] = {request, request.since.value_or(now_)};
  }

  void End() {
    std::vector<uint64_t> running;
    for (const auto& [id, operation] : known_) {
      if (!operation.cluster.empty()) running.push_back(id);
    }
    if (!running.empty()) EndOne(running[Below(running.size())]);
  }

  void EndOne(uint64_t id) {
    ASSERT_TRUE(scheduler_.Ended(now_, id));
    const auto found = clusters_.find(known_[id].cluster);
    if (found != clusters_.end()) found->second.running.erase(id);
    known_.erase(id);
  }

  void Withdraw() {
    for (const auto& [id, operation] : known_) {
      if (!operation.cluster.empty()) continue;
      ASSERT_TRUE(scheduler_.Withdraw(now_, id));
      known_.erase(id);
      return;
    }
  }

  // None of these means anything.
  void Nonsense() {
    EXPECT_FALSE(scheduler_.Withdraw(now_, 1'000'000));
    EXPECT_FALSE(scheduler_.Ended(now_, 1'000'000));
    EXPECT_FALSE(scheduler_.Drop(now_, "nowhere"));
    if (known_.empty()) return;
    const auto& [id, operation] = *known_.begin();
    EXPECT_FALSE(scheduler_.Add(now_, operation.request));
    EXPECT_FALSE(operation.cluster.empty() ? scheduler_.Ended(now_, id) : scheduler_.Withdraw(now_, id));
  }

  void Put() {
    ClusterOffer offer;
    offer.id = absl::StrCat("c", Below(8));
    offer.memory_bytes = uint64_t{1} << (mix_.memory ? 30 + Below(3) : 32);
    offer.slots = static_cast<int>(Below(5));
    offer.state = static_cast<ClusterOffer::State>(mix_.lost_clusters ? Below(4) : 1);
    ASSERT_TRUE(scheduler_.Put(now_, offer));
    clusters_[offer.id].offer = offer;
  }

  void Drop() {
    if (clusters_.empty()) return;
    auto it = clusters_.begin();
    std::advance(it, static_cast<ptrdiff_t>(Below(clusters_.size())));
    ASSERT_TRUE(scheduler_.Drop(now_, it->first));
    for (const uint64_t id : it->second.running) known_[id].cluster = "lost";
    clusters_.erase(it);
  }

  void Check(const Decisions& decisions) {
    for (const Placement& placement : decisions.placements) CheckPlacement(placement);
    for (const Restart& restart : decisions.restarts) {
      ASSERT_EQ(known_.count(restart.operation), 1u);
      Request again = known_[restart.operation].request;
      ASSERT_TRUE(again.may_restart);
      ASSERT_LT(again.restarts, 2);
      again.since = known_[restart.operation].since;
      ++again.restarts;
      absl::StrAppend(&log_, "restart ", restart.operation, "\n");
      EndOne(restart.operation);
      Submit(again);
    }
    EXPECT_EQ(scheduler_.waiting() + scheduler_.running(), known_.size());
    const auto next = scheduler_.next();
    if (next && decisions.restarts.empty()) {
      EXPECT_GT(*next, now_) << "it would be asked again at once";
    }
  }

  void CheckPlacement(const Placement& placement) {
    absl::StrAppend(&log_, now_.time_since_epoch().count(), " ", placement.operation, " ", placement.cluster,
                    " ", Text(placement.reason), "\n");
    const auto found = known_.find(placement.operation);
    ASSERT_TRUE(found != known_.end()) << "nobody asked for it";
    Known& operation = found->second;
    ASSERT_TRUE(operation.cluster.empty()) << "it runs already";
    ASSERT_EQ(clusters_.count(placement.cluster), 1u);
    Offer& cluster = clusters_[placement.cluster];
    ASSERT_EQ(cluster.offer.state, ClusterOffer::State::kReady);
    operation.cluster = placement.cluster;
    const EngineRules& rules = mix_.options.engines.at("native");
    const Need need = NeedOf(operation.request, rules, mix_.options);
    const uint64_t usable = cluster.offer.memory_bytes / 100 * 90;
    operation.alone = need.alone || need.memory > usable;
    operation.memory = std::min(need.memory, usable);
    cluster.running.insert(placement.operation);
    CheckCluster(cluster);
    EXPECT_LE(placement.reason.candidates.size(), mix_.options.candidates_max);
    EXPECT_EQ(placement.reason.candidates.at(0).cluster, placement.cluster);
    if (!mix_.memory) CheckNobodyWasPassedOver(operation);
  }

  void CheckCluster(const Offer& cluster) {
    uint64_t memory = 0;
    bool alone = false;
    for (const uint64_t id : cluster.running) {
      memory += known_[id].memory;
      alone = alone || known_[id].alone;
    }
    EXPECT_LE(memory, cluster.offer.memory_bytes / 100 * 90);
    EXPECT_LE(cluster.running.size(), static_cast<size_t>(std::max(1, cluster.offer.slots)));
    if (alone) {
      EXPECT_EQ(cluster.running.size(), 1u) << "it should have been alone";
    }
  }

  void CheckNobodyWasPassedOver(const Known& placed) {
    for (const auto& [id, other] : known_) {
      if (!other.cluster.empty()) continue;
      EXPECT_LE(placed.since - other.since, mix_.options.passed_over_max) << id << " was passed over";
    }
  }

  // A cluster that is large enough comes, and all come to their end.
  void Finish() {
    for (int round = 0; !known_.empty() && round < 20'000 && !testing::Test::HasFailure(); ++round) {
      ClusterOffer offer{.id = "last", .memory_bytes = uint64_t{1} << 33, .slots = 4};
      ASSERT_TRUE(scheduler_.Put(now_, offer));
      clusters_["last"].offer = offer;
      now_ += seconds(1);
      if (const auto next = scheduler_.next()) now_ = std::max(now_, std::min(*next, now_ + seconds(100)));
      Check(scheduler_.Decide(now_));
      End();
    }
    EXPECT_TRUE(known_.empty()) << known_.size() << " operations were lost";
    EXPECT_EQ(scheduler_.waiting() + scheduler_.running(), 0u);
  }

  std::mt19937_64 random_;  // its numbers are the standard's; its distributions are not used
  const Mix mix_;
  Scheduler scheduler_;
  Instant now_{};
  uint64_t next_ = 1;
  std::map<uint64_t, Known> known_;
  std::map<std::string, Offer> clusters_;
  std::string log_;
};

TEST(PropertyTest, NothingIsLostOrPlacedTwiceAndMemoryHolds) {
  for (uint64_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Stream(seed, {.options = NativeOptions()}).Run(800);
  }
}

TEST(PropertyTest, NothingIsPassedOverLongerThanTheBound) {
  Mix mix{.options = NativeOptions(), .absurd = true, .memory = false, .lost_clusters = false};
  // Shared slots: whoever is first can have any of them.
  mix.options.engines["native"] = {.suspects_close = false, .slots = 4};
  mix.options.unknown_memory = 1 << 20;
  for (uint64_t seed = 1; seed <= 40 && !HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Stream(seed, mix).Run(1500);
  }
}

TEST(PropertyTest, TheSameEventsGiveTheSameDecisions) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string log = Stream(seed, {.options = NativeOptions()}).Run(600);
    EXPECT_FALSE(log.empty());
    EXPECT_EQ(log, Stream(seed, {.options = NativeOptions()}).Run(600));
  }
}

}  // namespace
}  // namespace hearth::placement
