#include "fleet/placer.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace hearth::fleet {

namespace {
/// Between two looks at what time has changed: while something waits, whatever a clock says, and else.
constexpr std::chrono::milliseconds kLooksApart{1};
constexpr std::chrono::milliseconds kLooksOften{20};
constexpr std::chrono::milliseconds kLooksSeldom{100};
CpuShare ShareOf(placement::Rank rank) {
  switch (rank) {
    case placement::Rank::kFirst: return CpuShare::kWhole;
    case placement::Rank::kMiddle: return CpuShare::kSmall;
    case placement::Rank::kLast: return CpuShare::kLeast;
  }
  return CpuShare::kWhole;
}

constexpr char kStopping[] = "the server is shutting down";
}  // namespace

Placer::Placer(placement::Options options, const base::Clock* clock, std::function<void()> missing)
    : clock_(*clock),
      missing_(std::move(missing)),
      scheduler_(std::move(options)),
      thread_([this] { Run(); }) {}

Placer::~Placer() { Stop(); }

uint64_t Placer::Add(Want want) {
  uint64_t number;
  {
    absl::MutexLock lock(&mutex_);
    number = ++last_number_;
    if (stopping_) {
      actions_.push_back([use = std::move(want.use)] { use(absl::UnavailableError(kStopping)); });
    } else {
      want.request.operation = number;
      clients_[number] = {want.request.engine, std::move(want.use), std::move(want.restart)};
      scheduler_.Add(clock_.Now(), std::move(want.request));
    }
  }
  Decide();
  return number;
}

std::optional<Lease> Placer::Join(placement::Request request, const std::string& cluster,
                                  const std::string& why) {
  absl::MutexLock lock(&mutex_);
  const auto known = clusters_.find(cluster);
  const bool takes = known != clusters_.end() &&
                     known->second.offer.state == placement::ClusterOffer::State::kReady && !stopping_;
  if (!takes) return std::nullopt;
  const uint64_t number = request.operation = ++last_number_;
  scheduler_.Occupy(clock_.Now(), std::move(request), cluster);
  return Lease(known->second.cluster, {shared_from_this(), number, CpuShare::kWhole, {}, why}, &clock_);
}

bool Placer::Withdraw(uint64_t number) {
  Client withdrawn;  // Ends after the lock, whatever it holds.
  absl::MutexLock lock(&mutex_);
  if (!scheduler_.Withdraw(clock_.Now(), number)) return false;
  const auto client = clients_.find(number);
  withdrawn = std::move(client->second);
  clients_.erase(client);
  return true;
}

void Placer::FailWaiting(const std::string& engine, const absl::Status& why) {
  std::vector<std::function<void(absl::StatusOr<Lease>)>> hopeless;
  {
    absl::MutexLock lock(&mutex_);
    for (auto client = clients_.begin(); client != clients_.end();) {
      const bool waits = (engine.empty() || client->second.engine == engine) &&
                         scheduler_.Withdraw(clock_.Now(), client->first);
      if (waits) hopeless.push_back(std::move(client->second.use));
      client = waits ? clients_.erase(client) : std::next(client);
    }
  }
  for (const auto& use : hopeless) use(why);
}

void Placer::Put(const std::shared_ptr<Cluster>& cluster, const placement::ClusterOffer& offer) {
  absl::MutexLock lock(&mutex_);
  clusters_[offer.id] = {cluster, offer};
  scheduler_.Put(clock_.Now(), offer);
}

void Placer::Drop(const std::string& cluster) {
  absl::MutexLock lock(&mutex_);
  clusters_.erase(cluster);
  scheduler_.Drop(clock_.Now(), cluster);
}

bool Placer::Retire(const std::string& cluster) {
  absl::MutexLock lock(&mutex_);
  const auto known = clusters_.find(cluster);
  if (known == clusters_.end() || known->second.cluster->running() > 0) return false;
  known->second.offer.state = placement::ClusterOffer::State::kDraining;
  scheduler_.Put(clock_.Now(), known->second.offer);
  return true;
}

void Placer::DecideLocked() {
  placement::Decisions decisions = scheduler_.Decide(clock_.Now());
  for (placement::Placement& placed : decisions.placements) {
    const auto client = clients_.find(placed.operation);
    auto use = std::move(client->second.use);
    if (!client->second.restart) clients_.erase(client);
    std::string text = placement::Text(placed.reason);
    auto lease = std::make_shared<Lease>(
        Lease(clusters_.at(placed.cluster).cluster,
              {shared_from_this(), placed.operation, ShareOf(placed.rank), std::move(placed.reason),
               std::move(text)},
              &clock_));
    actions_.push_back([use = std::move(use), lease] { use(std::move(*lease)); });
  }
  for (const placement::Restart& asked : decisions.restarts) {
    const auto client = clients_.find(asked.operation);
    if (client == clients_.end()) continue;
    actions_.push_back([restart = client->second.restart, lease = asked.operation, why = asked.why] {
      restart(lease, why);
    });
  }
  demands_ = std::move(decisions.demands);
  is_due_ = is_due_ || (scheduler_.waiting() > 0 && !is_looking_);
}

void Placer::Decide() {
  bool any_missing;
  {
    absl::MutexLock lock(&mutex_);
    DecideLocked();
    any_missing = !demands_.empty() && !stopping_;
  }
  if (any_missing) missing_();
  Act();
}

void Placer::Act() {
  while (true) {
    std::function<void()> action;
    {
      absl::MutexLock lock(&mutex_);
      if (actions_.empty()) return;
      action = std::move(actions_.front());
      actions_.pop_front();
    }
    action();
  }
}

int Placer::Missing(const std::string& engine) {
  absl::MutexLock lock(&mutex_);
  DecideLocked();
  const auto demand = std::find_if(demands_.begin(), demands_.end(),
                                   [&](const auto& missing) { return missing.engine == engine; });
  return demand == demands_.end() ? 0 : demand->count;
}

std::vector<placement::Demand> Placer::demands() const {
  absl::MutexLock lock(&mutex_);
  return demands_;
}

size_t Placer::waiting() const {
  absl::MutexLock lock(&mutex_);
  return scheduler_.waiting();
}

void Placer::End(uint64_t operation) {
  Client ended;  // Ends after the lock, whatever it holds.
  absl::MutexLock lock(&mutex_);
  if (const auto client = clients_.find(operation); client != clients_.end()) {
    ended = std::move(client->second);
    clients_.erase(client);
  }
  scheduler_.Ended(clock_.Now(), operation);
  is_due_ = is_due_ || scheduler_.waiting() > 0;
}

void Placer::Settle(uint64_t operation) {
  absl::MutexLock lock(&mutex_);
  scheduler_.Settle(clock_.Now(), operation);
}

void Placer::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return is_due_ || stopping_; };
      is_looking_ = scheduler_.waiting() > 0;
      base::Instant::duration left = is_looking_ ? kLooksOften : kLooksSeldom;
      if (const auto next = scheduler_.next(); next && is_looking_)
        left = std::clamp<base::Instant::duration>(*next - clock_.Now(), kLooksApart, kLooksOften);
      mutex_.AwaitWithTimeout(absl::Condition(&woken), absl::FromChrono(left));
      if (stopping_) return;
      is_due_ = false;
    }
    Decide();
  }
}

void Placer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  FailWaiting("", absl::UnavailableError(kStopping));
  if (thread_.joinable()) thread_.join();
  Act();
}

}  // namespace hearth::fleet
