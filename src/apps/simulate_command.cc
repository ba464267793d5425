#include "apps/simulate_command.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "apps/text_table.h"
#include "sim/comparison.h"

namespace hearth::apps {
namespace {

struct SimulateOptions {
  std::vector<uint64_t> seeds = {1, 2, 3, 4, 5, 7};
  std::vector<double> sigmas = {1.4, 2.5};
  size_t queries = 2'000'000;
  double utilisation = 0.70;
  uint32_t users = 1;
};

std::string TableOf(const std::vector<sim::Row>& rows) {
  TextTable table(
      {"policy", ">mean s", ">x SRPT", ">p99 slowdown", ">p99.9", ">restarts", ">wasted %", "log"});
  for (const sim::Row& row : rows) {
    const bool has_log = row.log_hash != 0;
    table.Add({row.policy, absl::StrFormat("%.3f", row.figures.mean_response_seconds),
               absl::StrFormat("%.3f", row.times_clairvoyant),
               absl::StrFormat("%.2f", row.figures.slowdown_p99),
               absl::StrFormat("%.2f", row.figures.slowdown_p999),
               has_log ? absl::StrFormat("%d", row.restarts) : "",
               has_log ? absl::StrFormat("%.3f", row.wasted * 100) : "",
               has_log ? absl::StrFormat("%016x", row.log_hash) : ""});
  }
  return table.ToString();
}

// What the issue of placement holds the policy to; only with this error of the estimates.
constexpr double kSigmaOfBars = 1.4;

std::string BarText(const sim::Row& row, const sim::Bars& bars) {
  return absl::StrFormat("%s: p99 slowdown %.2f (bar %.2f), mean %.3f x SRPT (bar %.2f): %s\n", row.policy,
                         row.figures.slowdown_p99, bars.slowdown_p99, row.times_clairvoyant,
                         bars.times_clairvoyant, sim::Meets(row, bars) ? "met" : "MISSED");
}

int Simulate(const SimulateOptions& options) {
  for (const double sigma : options.sigmas) {
    for (const uint64_t seed : options.seeds) {
      const std::vector<sim::Row> rows = sim::Compare({.seed = seed,
                                                       .queries = options.queries,
                                                       .sigma = sigma,
                                                       .utilisation = options.utilisation,
                                                       .users = options.users});
      std::printf("seed %llu, estimates wrong by sigma %.1f, %zu queries, rho %.2f\n%s",
                  static_cast<unsigned long long>(seed), sigma, options.queries, options.utilisation,
                  TableOf(rows).c_str());
      if (sigma == kSigmaOfBars) {
        std::printf("%s%s", BarText(rows[rows.size() - 2], sim::kWithoutRestarts).c_str(),
                    BarText(rows[rows.size() - 1], sim::kWithRestarts).c_str());
      }
      std::printf("\n");
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace

void AddSimulateCommand(CLI::App& app, int* status) {
  const auto options = std::make_shared<SimulateOptions>();
  CLI::App* command = app.add_subcommand(
      "simulate", "The policy of placement against those of others, on a load made of published numbers");
  command->add_option("--seeds", options->seeds, "One load for each")->delimiter(',')->capture_default_str();
  command->add_option("--sigma", options->sigmas, "Errors of the estimates, as of a lognormal")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  command->add_option("--queries", options->queries, "Queries of each load")
      ->check(CLI::Range(size_t{1}, size_t{20'000'000}))
      ->capture_default_str();
  command->add_option("--rho", options->utilisation, "Mean load, of all slots")
      ->check(CLI::Range(0.01, 0.99))
      ->capture_default_str();
  command->add_option("--users", options->users, "Users who ask, by turns at random")
      ->check(CLI::Range(uint32_t{1}, uint32_t{100'000}))
      ->capture_default_str();
  command->callback([options, status] { *status = Simulate(*options); });
}

}  // namespace hearth::apps
