#include "sim/load.h"

#include <algorithm>
#include <iterator>

#include "sim/portable_random.h"

namespace hearth::sim {
namespace {

struct Bucket {
  double share;  // of queries, in percent
  double from;   // seconds
  double to;
};
// The first bucket has no lower end in the publication: 1 ms.
constexpr Bucket kLatencies[] = {
    {13.7, 0.001, 0.01}, {48.3, 0.01, 0.1},     {24.9, 0.1, 1},
    {9.9, 1, 10},        {2.2, 10, 60},         {0.86, 60, 600},
    {0.08, 600, 3600},   {0.008, 3600, 36'000}, {0.00009, 36'000, 108'000},
};

constexpr Duration kRateHolds = std::chrono::seconds(900);
constexpr double kRateSigma = 0.5;
// No publication tells of memory: 64 MiB for 1 s, growing with the cube root of the work (1 GiB for an hour),
// so that it binds now and then and does not decide.
constexpr double kMemoryOfOneSecond = 64.0 * (1 << 20);
constexpr double kMemorySigma = 0.5;

double TotalShare() {
  double sum = 0;
  for (const Bucket& bucket : kLatencies) sum += bucket.share;
  return sum;
}

// Of a log-uniform distribution.
double MeanOf(const Bucket& bucket) {
  return (bucket.to - bucket.from) / PortableLog(bucket.to / bucket.from);
}

double MeanSeconds() {
  double sum = 0;
  for (const Bucket& bucket : kLatencies) sum += bucket.share * MeanOf(bucket);
  return sum / TotalShare();
}

double SizeInSeconds(PortableRandom& random) {
  double at = random.Uniform() * TotalShare();
  const Bucket* bucket = std::begin(kLatencies);
  while (at >= bucket->share && bucket + 1 != std::end(kLatencies)) at -= (bucket++)->share;
  return bucket->from * PortableExp(random.Uniform() * PortableLog(bucket->to / bucket->from));
}

Duration FromSeconds(double seconds) {
  // Whole microseconds, at least one.
  return std::chrono::microseconds(std::max<int64_t>(1, static_cast<int64_t>(seconds * 1e6)));
}

// Arrivals of a Poisson process whose rate changes at fixed times.
class Arrivals {
 public:
  Arrivals(uint64_t seed, double per_second) : random_(seed, 1), per_second_(per_second) { Redraw(); }

  Instant Next() {
    double work = random_.Exponential();  // of a process of rate 1
    while (true) {
      const double until_change = std::chrono::duration<double>(changes_ - at_).count();
      if (work < until_change * rate_) return at_ += FromSeconds(work / rate_);
      work -= until_change * rate_;
      at_ = changes_;
      Redraw();
    }
  }

 private:
  void Redraw() {
    rate_ = per_second_ * PortableExp(kRateSigma * random_.Normal() - kRateSigma * kRateSigma / 2);
    changes_ += kRateHolds;
  }

  PortableRandom random_;
  const double per_second_;
  double rate_ = 0;
  Instant at_{};
  Instant changes_{};
};

}  // namespace

std::vector<Query> FleetLoad(const LoadOptions& options) {
  Arrivals arrivals(options.seed, options.utilisation * options.slots / MeanSeconds());
  PortableRandom sizes(options.seed, 2);
  PortableRandom errors(options.seed, 3);
  PortableRandom memory(options.seed, 4);
  PortableRandom users(options.seed, 5);
  std::vector<Query> load(options.queries);
  for (Query& query : load) {
    query.arrival = arrivals.Next();
    const double seconds = SizeInSeconds(sizes);
    query.work = FromSeconds(seconds);
    query.estimate = FromSeconds(seconds * PortableExp(options.sigma * errors.Normal()));
    const double believed = kMemoryOfOneSecond * PortableExp(PortableLog(seconds) / 3);
    query.memory_bytes = static_cast<uint64_t>(believed * PortableExp(kMemorySigma * memory.Normal()));
    query.memory_estimate = static_cast<uint64_t>(believed);
    query.user = static_cast<uint32_t>(users.Next() % options.users);
  }
  return load;
}

}  // namespace hearth::sim
