#include "apps/serve_command.h"

#include <malloc.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "apps/config_file.h"
#include "apps/data_directory.h"
#include "apps/flags.h"
#include "apps/log_file.h"
#include "apps/status_page.h"
#include "apps/store_location.h"
#include "base/clock.h"
#include "base/free_memory.h"
#include "catalog/kept_catalog.h"
#include "fleet/launch/keepers.h"
#include "fleet/launch/native_engine.h"
#include "fleet/launch/spark_engine.h"
#include "gateway/catalog_mirror.h"
#include "gateway/catalog_service.h"
#include "gateway/gateway.h"
#include "wire/connect_server.h"
#include "wire/time_zone.h"

namespace hearth::apps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of this program, and so of the native engine.
constexpr char kVersion[] = "0.1";

struct ServeOptions {
  std::string listen = "127.0.0.1:15002";
  std::string data;
  std::string config;
  std::string store;
  bool store_on_command_line = false;
  std::string tokens;
  std::string tls_certificate;
  std::string tls_key;
  bool plaintext = false;
  base::Bytes memory = base::Bytes::GiB(2);
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  /// 0: as many as this machine has memory for.
  size_t clusters_max = 0;
  /// Nothing: those that are not needed are stopped, and one stays.
  std::optional<milliseconds> cluster_idle;
  milliseconds silence_max{5'000};
  milliseconds orphan_max{30'000};
  int grace_seconds = 30;
  wire::Limits limits;
  gateway::Admission::Limits admission;

  fleet::SparkEngine::Options spark;
  base::Bytes spark_memory = base::Bytes::GiB(4);
  size_t spark_clusters_max = 1;
  milliseconds spark_idle = std::chrono::minutes(10);
  /// A JVM stands still now and then.
  milliseconds spark_silence_max{30'000};
};

/// Who owns what is made here.
std::string UserName() {
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? "" : user->pw_name;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "hearth serve: %s\n", std::string(status.message()).c_str());
  return 1;
}

std::string OwnProgram() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

/// What the operator is to know, a line each.
void Log(const std::string& line) { std::fprintf(stderr, "hearth serve: %s\n", line.c_str()); }

/// What is left for native clusters of three quarters of the machine's memory.
size_t NativeClustersFor(const ServeOptions& options) {
  constexpr uint64_t kClustersMax = 16;
  const uint64_t usable = fleet::CgroupHost::Detect().MemoryBytes() / 4 * 3;
  const uint64_t spark = options.spark.home.empty() ? 0
                                                    : options.spark_clusters_max *
                                                          static_cast<uint64_t>(options.spark_memory.count());
  const uint64_t each = fleet::ProcessLimitBytes(static_cast<uint64_t>(options.memory.count()));
  return std::clamp<uint64_t>(usable > spark ? (usable - spark) / each : 0, 1, kClustersMax);
}

/// Where native clusters ask for the catalog.
std::string CatalogSocket(const DataDirectory& data) { return "unix:" + data.catalog_socket(); }

fleet::PoolOptions NativePool(const ServeOptions& options, const DataDirectory& data) {
  // Sessions end when the gateway says so, not by an engine's own idea of idleness.
  constexpr milliseconds kNever = std::chrono::hours(24 * 365);
  const std::vector<std::string> command = {
      OwnProgram(),        "engine",
      "--session-idle-ms", std::to_string(kNever.count()),
      "--warehouse",       data.warehouse(),
      "--catalog",         CatalogSocket(data),
      "--unsent-bytes",    std::to_string(options.limits.unsent_bytes_max)};
  return {.engine = std::make_shared<fleet::NativeEngine>(command, kVersion),
          .clusters_max = options.clusters_max > 0 ? options.clusters_max : NativeClustersFor(options),
          .memory_bytes = static_cast<uint64_t>(options.memory.count()),
          .threads = options.threads,
          .idle_timeout = options.cluster_idle.value_or(std::chrono::minutes(1)),
          .clusters_kept = options.cluster_idle ? size_t{0} : size_t{1},
          .silence_avoided = options.silence_max,
          .silence_max = options.silence_max};
}

/// nullopt, with a line for the operator, if Spark is not installed as the flags say: the native engine goes
/// on.
std::optional<fleet::PoolOptions> SparkPool(const ServeOptions& options, const DataDirectory& data) {
  fleet::SparkEngine::Options spark = options.spark;
  if (spark.home.empty()) return std::nullopt;
  spark.log_directory = data.logs();
  // As the native engine has them: what a session has not set is the same everywhere.
  spark.configuration = {
      {"spark.sql.session.timeZone", wire::MachineTimeZone()},
      {"spark.sql.warehouse.dir", data.warehouse()},
      // Tables change elsewhere: their files are looked at anew for each query, partitions among them.
      {"spark.sql.filesourceTableRelationCacheSize", "0"},
      {"spark.sql.hive.filesourcePartitionFileCacheSize", "0"},
      {"spark.sql.hive.manageFilesourcePartitions", "false"},
      {"spark.connect.session.manager.defaultSessionTimeout", "8760h"},
      {"spark.connect.grpc.maxInboundMessageSize", std::to_string(options.limits.request_bytes_max)},
      {"spark.connect.grpc.marshallerRecursionLimit", std::to_string(options.limits.nesting_max)}};
  auto engine = std::make_shared<fleet::SparkEngine>(std::move(spark));
  if (const absl::Status status = engine->Check(); !status.ok()) {
    Log(absl::StrCat("goes on without Apache Spark: ", status.message()));
    return std::nullopt;
  }
  return fleet::PoolOptions{.engine = std::move(engine),
                            .clusters_max = options.spark_clusters_max,
                            .memory_bytes = static_cast<uint64_t>(options.spark_memory.count()),
                            .threads = options.threads,
                            .idle_timeout = options.spark_idle,
                            .start_timeout = std::chrono::minutes(2),
                            .silence_avoided = std::min(options.silence_max, options.spark_silence_max),
                            .silence_max = options.spark_silence_max};
}

gateway::Gateway::Options GatewayOptions(const ServeOptions& options, const DataDirectory& data,
                                         LogFile* log) {
  gateway::Gateway::Options gateway;
  gateway.limits = options.limits;
  gateway.admission = options.admission;
  gateway.operation_sink = [log](const std::string& line) { log->Write(line); };
  gateway.fleet.pools.push_back(NativePool(options, data));
  if (auto spark = SparkPool(options, data)) gateway.fleet.pools.push_back(*std::move(spark));
  gateway.fleet.socket_directory = data.run();
  gateway.fleet.temp_directory = data.temp();
  gateway.fleet.keeper_command = {OwnProgram(), "keep"};
  gateway.fleet.orphan_max = options.orphan_max;
  gateway.fleet.log = Log;
  return gateway;
}

// Waits for SIGTERM or SIGINT, looking after the gateway meanwhile.
void WaitForEnd(const sigset_t& signals, gateway::Gateway& gateway) {
  const timespec tick{.tv_sec = 0, .tv_nsec = 100'000'000};
  constexpr int kTicksOfSweep = 5;
  base::FreeMemory memory;
  for (int ticks = 1; ::sigtimedwait(&signals, nullptr, &tick) < 0; ++ticks) {
    gateway.Observe();
    if (ticks % kTicksOfSweep != 0) continue;
    gateway.Sweep();
    memory.GiveBack();
  }
}

// By default each large piece of a result would be mapped when it comes and unmapped when it has gone, and
// the page faults would cost more than passing it on; FreeMemory gives back what is free later. One arena,
// because what is free in one is lost to the others.
void TuneMemory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  ::mallopt(M_ARENA_MAX, 1);
}

absl::Status CheckReach(const wire::Address& address, const ServeOptions& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return absl::InvalidArgumentError("--tls-certificate and --tls-key go together");
  }
  if (address.is_local()) return absl::OkStatus();
  if (options.tokens.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("refuses to listen on ", options.listen,
                     ": whoever reaches that address could read every file this user can. Give it --tokens "
                     "(hearth token), or "
                     "listen on 127.0.0.1 or a unix: socket and reach it from elsewhere through ssh -L."));
  }
  if (options.tls_certificate.empty() && !options.plaintext) {
    return absl::InvalidArgumentError(absl::StrCat("refuses to listen on ", options.listen,
                                                   " without TLS: tokens could be read on their way. Give it "
                                                   "--tls-certificate and --tls-key, or --plaintext "
                                                   "if something in front of it ends TLS."));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return content.str();
}

absl::Status ReadSecrets(const ServeOptions& options, wire::ConnectServer::Options* server) {
  if (!options.tokens.empty()) {
    auto tokens = wire::Tokens::Read(options.tokens);
    if (!tokens.ok()) return tokens.status();
    server->tokens = *std::move(tokens);
  }
  if (options.tls_certificate.empty()) return absl::OkStatus();
  auto certificate = ReadFile(options.tls_certificate);
  auto key = ReadFile(options.tls_key);
  if (!certificate.ok()) return certificate.status();
  if (!key.ok()) return key.status();
  server->tls = {*std::move(certificate), *std::move(key)};
  return absl::OkStatus();
}

int Serve(const ServeOptions& options) {
  TuneMemory();
  const auto address = wire::Address::Parse(options.listen);
  if (!address.ok()) return Fail(address.status());
  if (const absl::Status status = CheckReach(*address, options); !status.ok()) return Fail(status);
  wire::ConnectServer::Options server_options;
  server_options.listen = *address;
  server_options.limits = options.limits;
  if (const absl::Status status = ReadSecrets(options, &server_options); !status.ok()) return Fail(status);
  const auto location = StoreLocation::Of(options.store, options.store_on_command_line);
  if (!location.ok()) return Fail(location.status());
  // Before any thread is there, so that all of them leave these signals to us.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto data =
      DataDirectory::Open(options.data.empty() ? DataDirectory::DefaultPath(address->port()) : options.data);
  if (!data.ok()) return Fail(data.status());
  LogFile log((*data)->operations_log());
  const base::SteadyClock clock;
  gateway::Gateway::Options gateway_options = GatewayOptions(options, **data, &log);
  const auto lost = [&gateway_options](const std::string& what) {
    Log(what);
    gateway_options.losses.push_back(what);
  };
  auto store = location->Open((*data)->store(), {.belonging = gateway::Journal::Belonging, .lost = lost});
  if (!store.ok()) return Fail(store.status());
  const std::shared_ptr<store::Store> kept = *std::move(store);
  // The catalog tidies up behind writers that are dead.
  fleet::Keepers::AwaitRelease({.directory = (*data)->run(), .log = Log});
  auto opened =
      catalog::KeptCatalog::Open(kept, std::make_shared<catalog::LocalStorage>(),
                                 {.warehouse = (*data)->warehouse(), .owner = UserName(), .log = Log});
  if (!opened.ok()) return Fail(opened.status());
  const std::shared_ptr<catalog::KeptCatalog> catalog = *std::move(opened);
  auto catalog_service = gateway::CatalogService::Start(CatalogSocket(**data), *catalog, options.limits);
  if (!catalog_service.ok()) return Fail(catalog_service.status());
  const auto mirror = std::make_shared<gateway::CatalogMirror>(catalog, (*data)->temp(), Log);
  auto journal = gateway::Journal::Of(
      kept, {.folder = (*data)->sessions(), .closed_max = options.limits.closed_sessions_max});
  if (!journal.ok()) return Fail(journal.status());
  gateway_options.mirror = mirror;
  gateway_options.catalog = catalog;
  if (auto ring = gateway::ResultRing::Open((*data)->results()); ring.ok()) {
    gateway_options.results = *std::move(ring);
  } else {
    Log(absl::StrCat("goes on without keeping short results: ", ring.status().message()));
  }
  gateway_options.history = std::make_shared<gateway::KeptHistory>(kept, placement::History::Limits(), Log);
  gateway::Gateway gateway(std::move(gateway_options), *std::move(journal), &clock);

  server_options.own_socket = (*data)->socket();
  wire::SessionTable* sessions = nullptr;
  std::atomic<bool> listening{false};
  server_options.pages[kStatusMethod] = [&](std::string_view) {
    return listening ? gateway.StatusJson(*sessions) : std::string("{}");
  };
  server_options.pages[kCancelMethod] = [&](std::string_view operation) {
    return listening && gateway::Gateway::Cancel(*sessions, operation) ? "cancelled" : "";
  };
  auto server = wire::ConnectServer::Start(std::move(server_options), &gateway, &clock);
  if (!server.ok()) return Fail(server.status());
  sessions = &(*server)->sessions();
  listening = true;
  if (absl::Status status = (*data)->WriteAddress((*server)->address().ToString()); !status.ok())
    return Fail(status);
  std::printf("hearth serve ready on %s\n", (*server)->address().ToString().c_str());
  std::fflush(stdout);

  WaitForEnd(signals, gateway);
  (*server)->Shutdown(seconds(options.grace_seconds));
  gateway.Stop();
  return 0;
}

void AddSpark(CLI::App* command, const std::shared_ptr<ServeOptions>& options) {
  command
      ->add_option(
          "--spark", options->spark.home,
          "Home of an Apache Spark 4 (the folder with jars in it), for what the native engine declines")
      ->envname("SPARK_HOME");
  command->add_option("--java", options->spark.java, "Java for it (default: of JAVA_HOME, or of the PATH)");
  command->add_option(
      "--spark-python", options->spark.python,
      "Python for its Python functions (default: the one Spark was installed with, or python3)");
  command->add_option("--spark-clusters", options->spark_clusters_max, "Most Spark clusters at a time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option_function<std::string>(
      "--spark-memory", [options](const std::string& text) { options->spark_memory = ParseBytes(text); },
      "Memory of a Spark cluster (default 4GiB)");
  AddMilliseconds(command, "--spark-idle-ms", &options->spark_idle,
                  "Stop a Spark cluster that nothing used for so long (default 10 minutes; 0: never)");
  AddMilliseconds(command, "--spark-silence-ms", &options->spark_silence_max,
                  "Replace a Spark cluster that hangs for so long (default 30000)");
}

void AddUserLimits(CLI::App* command, const std::shared_ptr<ServeOptions>& options) {
  command
      ->add_option("--user-sessions", options->limits.sessions_per_user_max, "Most open sessions of a user")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--user-operations", options->admission.running_max,
                   "Most operations of a user that run at a time; further ones wait")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddMilliseconds(command, "--statement-timeout-ms", &options->limits.statement_timeout,
                  "Cancel operations that take longer (default 0: none)");
  AddMilliseconds(command, "--queue-timeout-ms", &options->limits.queue_timeout,
                  "Cancel operations that wait longer to begin (default 0: none)");
}

void AddResults(CLI::App* command, wire::Limits* limits) {
  AddBytes(command, "--hold-back-bytes", &limits->hold_back_bytes_max,
           "Results held back until a cluster has given all, so that its death is not seen (default 4MiB)");
  AddMilliseconds(command, "--hold-back-ms", &limits->hold_back_time_max,
                  "Longest time that a first row is held back (default 100)");
  AddBytes(command, "--spool-bytes", &limits->spool.operation_bytes_max,
           "Results of one operation that wait for a slow client on the disk (default 4GiB)");
  AddBytes(command, "--spool-bytes-total", &limits->spool.bytes_max, "Those of all (default 16GiB)");
  AddBytes(command, "--result-memory", &limits->spool.memory_bytes_max,
           "Memory for results of all operations before they go to the disk (default 192MiB)");
  AddBytes(
      command, "--continuation-bytes", &limits->delivered_rows.bytes_max,
      "Results of an operation up to which another cluster can go on after delivered rows (default 64MiB)");
}

void AddSecurity(CLI::App* command, const std::shared_ptr<ServeOptions>& options) {
  command->add_option(
      "--tokens", options->tokens,
      "File of bearer tokens and their users (hearth token); without it, clients are who they say");
  command->add_option("--tls-certificate", options->tls_certificate,
                      "Certificate chain of this server, as PEM");
  command->add_option("--tls-key", options->tls_key, "Its private key, as PEM");
  command->add_flag("--plaintext", options->plaintext,
                    "Listen beyond this machine without TLS, behind something that ends it");
}

}  // namespace

void AddServeCommand(CLI::App& app, int* status) {
  auto options = std::make_shared<ServeOptions>();
  // A slow client has a buffer here and one in its cluster, and a file when both are full.
  options->limits.unsent_bytes_max /= 2;
  CLI::App* command =
      app.add_subcommand("serve", "The gateway: serves Spark Connect clients, starts clusters on demand");
  command->add_option("--listen", options->listen, "HOST:PORT on this machine, or unix:PATH")
      ->capture_default_str();
  command->add_option("--data", options->data, "Folder of this server (default ~/.local/state/hearth/PORT)");
  CLI::Option* store = command->add_option(
      "--store", options->store,
      "Where sessions are kept: postgresql://USER@HOST/DATABASE (default: a SQLite file in --data)");
  command->add_option("--config", options->config, "File with flags, a line each: clusters = 2");
  command
      ->add_option("--clusters", options->clusters_max,
                   "Most native clusters at a time (default: as many as fit in three quarters of the memory, "
                   "1 to 16)")
      ->check(CLI::Range(1, 1000));
  command->add_option_function<std::string>(
      "--memory", [options](const std::string& text) { options->memory = ParseBytes(text); },
      "Memory of a cluster (default 2GiB)");
  command->add_option("--threads", options->threads, "Threads of a cluster")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      ->add_option_function<int64_t>(
          "--cluster-idle-ms", [options](int64_t ms) { options->cluster_idle = milliseconds(ms); },
          "Stop a native cluster that nothing used for so long (0: never; default: after a minute, but for "
          "one)")
      ->check(CLI::NonNegativeNumber);
  AddMilliseconds(command, "--silence-ms", &options->silence_max,
                  "Replace a cluster that hangs for so long (default 5000)");
  AddMilliseconds(command, "--orphan-ms", &options->orphan_max,
                  "How long clusters wait for another server on this folder if this one is killed (default "
                  "30000; 0: they end with it)");
  command->add_option("--grace", options->grace_seconds, "Seconds that running work may go on after SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  AddLimits(command, &options->limits);
  AddUserLimits(command, options);
  AddResults(command, &options->limits);
  AddSpark(command, options);
  AddSecurity(command, options);
  command->callback([command, store, options, status] {
    options->store_on_command_line = store->count() > 0;
    if (!options->config.empty()) ApplyConfigFile(command, options->config);
    *status = Serve(*options);
  });
}

}  // namespace hearth::apps
