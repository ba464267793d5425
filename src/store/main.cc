// store_bench [FOLDER]: what durable writes cost on the disk of FOLDER (default: the current one), in SQLite
// and in a PostgreSQL that is started there for it, on the same machine.
//
// Prints the latency of one write and the commits in a second of 64 writers, each beside an fdatasync of the
// same disk that is measured in turn with it, so that both see the same disturbance, and as ratios to what
// they may cost. Each writer waits for one commit before it hands over the next.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "store/postgres_fixture.h"
#include "store/sqlite_store.h"
#include "store/store_fixture.h"

namespace {

using hearth::store::Batch;
using hearth::store::Store;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kWrites = 400;
constexpr int kWriters = 64;
constexpr double kRateBar = 10'000;
constexpr std::chrono::seconds kManyWritersFor{5};
constexpr size_t kValueBytes = 200;

template <typename Work>
double MillisecondsOf(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return Milliseconds(std::chrono::steady_clock::now() - start).count();
}

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

void Put(Store& store, const std::string& key) {
  std::promise<absl::Status> done;
  Batch batch;
  batch.Put(key, std::string(kValueBytes, 'v'));
  store.Commit(std::move(batch), [&done](absl::Status status) { done.set_value(std::move(status)); });
  const absl::Status status = done.get_future().get();
  HEARTH_CHECK(status.ok()) << status.ToString();
}

/// A page written over one that is there, then flushed: the least that a durable write can cost.
class Flush {
 public:
  explicit Flush(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600)) {
    HEARTH_CHECK(fd_ >= 0) << path;
    const std::string file(size_t{4} << 20, 'f');
    HEARTH_CHECK(::write(fd_, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
    ::fsync(fd_);
  }
  ~Flush() { ::close(fd_); }
  void Once() {
    HEARTH_CHECK(::pwrite(fd_, page_.data(), page_.size(), offset_) == static_cast<ssize_t>(page_.size()));
    HEARTH_CHECK(::fdatasync(fd_) == 0);
    offset_ = (offset_ + 4096) % (4 << 20);
  }

 private:
  const int fd_;
  const std::string page_ = std::string(4096, 'p');
  off_t offset_ = 0;
};

void OneWriter(Store& store, Flush& flush) {
  std::vector<double> flushes, writes;
  for (int i = 0; i < kWrites; ++i) {
    flushes.push_back(MillisecondsOf([&flush] { flush.Once(); }));
    writes.push_back(MillisecondsOf([&] { Put(store, absl::StrCat("one/", i)); }));
  }
  const double bar = 1.5 * Percentile(flushes, 0.5) + 0.3;
  const double write = Percentile(writes, 0.5);
  std::printf("  fdatasync   p50 %.3f ms  p90 %.3f  p99 %.3f\n", Percentile(flushes, 0.5),
              Percentile(flushes, 0.9), Percentile(flushes, 0.99));
  std::printf(
      "  one write   p50 %.3f ms  p90 %.3f  p99 %.3f  bar for p50 %.3f (1.5 x fdatasync + 0.3), ratio %.2f\n",
      write, Percentile(writes, 0.9), Percentile(writes, 0.99), bar, write / bar);
}

void ManyWriters(Store& store) {
  std::vector<std::thread> threads;
  std::vector<std::vector<double>> latencies(kWriters);
  const auto start = std::chrono::steady_clock::now();
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 0; std::chrono::steady_clock::now() - start < kManyWritersFor; ++i) {
        latencies[static_cast<size_t>(writer)].push_back(
            MillisecondsOf([&] { Put(store, absl::StrCat("many/", writer, "/", i)); }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = Milliseconds(std::chrono::steady_clock::now() - start).count() / 1000;
  std::vector<double> all;
  for (const std::vector<double>& one : latencies) all.insert(all.end(), one.begin(), one.end());
  const double rate = static_cast<double>(all.size()) / seconds;
  std::printf("  %d writers  %.0f commits/s  p50 %.3f ms  p99 %.3f  bar %.0f/s, ratio %.2f\n", kWriters, rate,
              Percentile(all, 0.5), Percentile(all, 0.99), kRateBar, rate / kRateBar);
}

using Open = std::function<absl::StatusOr<std::unique_ptr<Store>>()>;

void Measure(const char* name, const Open& open, const std::string& folder) {
  std::printf("%s\n", name);
  absl::StatusOr<std::unique_ptr<Store>> store = open();
  HEARTH_CHECK(store.ok()) << store.status().ToString();
  Flush flush(folder + "/flush");
  OneWriter(**store, flush);
  ManyWriters(**store);
  OneWriter(**store, flush);
  store->reset();
  const double reopen = MillisecondsOf([&] { store = open(); });
  HEARTH_CHECK(store.ok()) << store.status().ToString();
  std::printf("  open        %.0f ms\n", reopen);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string parent = std::filesystem::absolute(argc > 1 ? argv[1] : ".").string();
  ::setenv("TMPDIR", parent.c_str(), 1);
  const hearth::store::TemporaryFolder folder;
  Measure(
      "SQLite", [&folder] { return hearth::store::OpenSqliteStore({.path = folder.store()}); },
      folder.path());
  hearth::store::PostgresServer server;
  const hearth::store::PostgresOptions options = server.Options("bench");
  Measure("PostgreSQL", [&options] { return hearth::store::OpenPostgresStore(options); }, folder.path());
}
