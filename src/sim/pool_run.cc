#include "sim/pool_run.h"

#include <functional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "sim/portable_random.h"

namespace hearth::sim {
namespace {

using placement::Decisions;
using placement::Scheduler;

// The p99 of a lognormal over its median.
constexpr double kNormalP99 = 2.3263478740408408;
// As load.cc has them.
constexpr double kMemorySigma = 0.5;
constexpr char kEngine[] = "native";

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

class LogHash {
 public:
  void Add(uint64_t value) {
    for (int i = 0; i < 8; ++i) {
      hash_ = (hash_ ^ (value & 0xff)) * 0x100000001b3;
      value >>= 8;
    }
  }
  void Add(Instant when) { Add(static_cast<uint64_t>(when.time_since_epoch().count())); }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

class Simulation {
 public:
  Simulation(const std::vector<Query>& load, const PoolModel& model, const placement::Options& options)
      : load_(load), model_(model), scheduler_(options), attempts_(load.size()) {
    run_.responses.resize(load.size());
    work_ratio_ = PortableExp(kNormalP99 * model.sigma);
    memory_ratio_ = PortableExp(kNormalP99 * kMemorySigma);
    for (int i = 0; i < model.slots.clusters; ++i) clusters_.push_back({.id = absl::StrCat("c", i + 1)});
    for (size_t i = 0; i < clusters_.size(); ++i) index_[clusters_[i].id] = i;
  }

  PoolRun Run() {
    const Instant begin{};
    for (const Host& host : clusters_) Put(begin, host, placement::ClusterOffer::State::kStarting);
    bool is_ready = false;
    size_t arrived = 0;
    while (true) {
      const Instant never = Instant::max();
      const Instant ready = is_ready ? never : begin + model_.start_time;
      const Instant arrival = arrived < load_.size() ? load_[arrived].arrival : never;
      const Instant end = ends_.empty() ? never : std::get<0>(ends_.top());
      const Instant timer = scheduler_.next().value_or(never);
      const Instant now = std::min({ready, arrival, end, timer});
      if (now == never) break;
      if (now == ready) {
        for (const Host& host : clusters_) Put(now, host, placement::ClusterOffer::State::kReady);
        is_ready = true;
      } else if (now == end) {
        End(now);
      } else if (now == arrival) {
        Add(now, arrived++);
      } else {
        // Time alone: each such call must get further.
        HEARTH_CHECK(now > latest_timer_ || ++same_timer_ < 1000)
            << "the scheduler wants to be asked for ever";
        if (now > latest_timer_) same_timer_ = 0;
        latest_timer_ = now;
      }
      Follow(now);
    }
    HEARTH_CHECK(scheduler_.waiting() == 0 && scheduler_.running() == 0) << "operations were left behind";
    run_.log_hash = hash_.value();
    Duration all{0};
    for (const Query& query : load_) all += query.work;
    run_.wasted = load_.empty() ? 0 : Seconds(wasted_) / Seconds(all + wasted_);
    return std::move(run_);
  }

 private:
  struct Host {
    std::string id;
    uint64_t memory = 0;  // in truth
  };
  struct Attempt {
    Instant started{};
    size_t cluster = 0;
    uint32_t number = 0;
    Duration attained{0};
  };

  void Put(Instant now, const Host& host, placement::ClusterOffer::State state) {
    scheduler_.Put(now, {.id = host.id,
                         .engine = kEngine,
                         .memory_bytes = model_.cluster_memory,
                         .slots = model_.slots.per_cluster,
                         .state = state,
                         .ready_at = Instant{} + model_.start_time});
  }

  void Add(Instant now, size_t index) {
    const Query& query = load_[index];
    const double work = Seconds(query.estimate);
    const auto memory = static_cast<double>(query.memory_estimate);
    placement::Request request;
    request.operation = index;
    request.user = absl::StrCat("u", query.user);
    request.engine = kEngine;
    request.estimate = {{work, work * work_ratio_}, {memory, memory * memory_ratio_}, "simulated"};
    request.catch_up = model_.catch_up;
    request.may_restart = true;
    request.since = query.arrival;
    request.restarts = static_cast<int>(attempts_[index].number);
    request.attained = attempts_[index].attained;
    if (query.user < warm_.size()) {
      for (const size_t cluster : warm_[query.user]) request.warm.push_back(clusters_[cluster].id);
    }
    HEARTH_CHECK(scheduler_.Add(now, std::move(request))) << index;
  }

  void End(Instant now) {
    const auto [when, index, number] = ends_.top();
    ends_.pop();
    const Attempt& attempt = attempts_[index];
    if (attempt.number != number) return;  // it was killed
    run_.responses[index] = now - load_[index].arrival;
    Leave(now, index);
  }

  void Leave(Instant now, size_t index) {
    clusters_[attempts_[index].cluster].memory -= load_[index].memory_bytes;
    HEARTH_CHECK(scheduler_.Ended(now, index)) << index;
  }

  // Does what the scheduler says until it says nothing more.
  void Follow(Instant now) {
    Decisions decisions;
    do {
      decisions = scheduler_.Decide(now);
      for (const placement::Placement& placement : decisions.placements) Start(now, placement);
      for (const placement::Restart& restart : decisions.restarts) Kill(now, restart);
      run_.suspects += decisions.suspects.size();
    } while (!decisions.restarts.empty());
  }

  void Start(Instant now, const placement::Placement& placement) {
    const size_t index = placement.operation;
    Attempt& attempt = attempts_[index];
    attempt.cluster = index_.at(placement.cluster);
    attempt.started = now;
    Log(now, index, attempt.cluster, static_cast<uint64_t>(placement.reason.because));
    Host& host = clusters_[attempt.cluster];
    host.memory += load_[index].memory_bytes;
    run_.memory_exceeded += host.memory > model_.cluster_memory;
    const Duration catch_up = Visit(load_[index].user, attempt.cluster) ? Duration(0) : model_.catch_up;
    ends_.emplace(now + catch_up + load_[index].work, index, attempt.number);
  }

  void Kill(Instant now, const placement::Restart& restart) {
    const size_t index = restart.operation;
    Attempt& attempt = attempts_[index];
    Log(now, index, attempt.cluster, 100 + static_cast<uint64_t>(restart.why));
    ++run_.restarts;
    wasted_ += now - attempt.started;
    attempt.attained = std::max(attempt.attained, now - attempt.started);
    Leave(now, index);
    ++attempt.number;
    Add(now, index);
  }

  // Whether the user's session has been on the cluster before.
  bool Visit(uint32_t user, size_t cluster) {
    if (user >= warm_.size()) warm_.resize(user + 1);
    return !warm_[user].insert(cluster).second;
  }

  void Log(Instant now, size_t operation, size_t cluster, uint64_t why) {
    ++run_.decisions;
    hash_.Add(now);
    hash_.Add(operation);
    hash_.Add(cluster);
    hash_.Add(why);
  }

  const std::vector<Query>& load_;
  const PoolModel model_;
  Scheduler scheduler_;
  std::vector<Attempt> attempts_;
  std::vector<Host> clusters_;
  std::map<std::string, size_t> index_;
  std::vector<std::set<size_t>> warm_;  // by user
  using Finish = std::tuple<Instant, size_t, uint32_t>;
  std::priority_queue<Finish, std::vector<Finish>, std::greater<Finish>> ends_;
  double work_ratio_ = 1;
  double memory_ratio_ = 1;
  Instant latest_timer_ = Instant::min();
  int same_timer_ = 0;
  Duration wasted_{0};
  LogHash hash_;
  PoolRun run_;
};

}  // namespace

placement::Options SlotOptions(const PoolModel& model) {
  placement::Options options;
  options.engines[kEngine] = {.suspects_close = false,
                              .start_time = model.start_time,
                              .slots = model.slots.per_cluster,
                              .memory_bytes = model.cluster_memory};
  return options;
}

PoolRun RunPool(const std::vector<Query>& load, const PoolModel& model, const placement::Options& options) {
  return Simulation(load, model, options).Run();
}

}  // namespace hearth::sim
