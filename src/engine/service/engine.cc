#include "engine/service/engine.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "base/clock.h"
#include "base/free_memory.h"
#include "engine/service/connect_executor.h"
#include "engine/service/engine_runtime.h"
#include "engine/service/gateway_catalog.h"
#include "engine/service/own_catalog.h"
#include "spark/error.h"
#include "wire/configuration.h"
#include "wire/connect_server.h"

namespace hearth::engine {
namespace {

// What the process needs beside DuckDB: code, gRPC, batches being sent, DuckDB's own allocations outside its
// limit.
base::Bytes MemoryForDuckDb(base::Bytes all) {
  const base::Bytes reserve = base::Bytes::MiB(160) + base::Bytes(all.count() / 16);
  return std::max(all - reserve, base::Bytes(all.count() / 2));
}

// All threads inherit the mask, so that only ServeUntilStopped takes these signals.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// After everything is cancelled.
constexpr std::chrono::seconds kLastWait(3);

// Ends all sessions with what runs in them. True if that came to its end.
bool ReleaseAll(wire::ConnectServer& server, ConnectExecutor& executor) {
  for (const auto& session : server.sessions().All()) {
    if (server.sessions().Close(session->key(), /*allow_reconnect=*/true) != nullptr)
      executor.CloseSession(*session, /*stays_closed=*/false, [] {});
  }
  return executor.WaitUntilIdle(kLastWait);
}

// True once it is told to stop. False if it cannot go on.
bool ServeUntilStopped(const sigset_t& signals, wire::ConnectServer& server, ConnectExecutor& executor) {
  const timespec tick{.tv_sec = 0, .tv_nsec = 500'000'000};
  base::FreeMemory memory;
  while (true) {
    const int signal = ::sigtimedwait(&signals, nullptr, &tick);
    if (signal == SIGUSR1) {
      if (!ReleaseAll(server, executor)) return false;
      std::cout << kReleasedLine << std::endl;
    } else if (signal > 0) {
      return true;
    }
    memory.GiveBack();
  }
}

int Fail(std::string_view why) {
  std::cerr << "hearth engine: " << why << "\n";
  return 1;
}

}  // namespace

int RunEngine(const EngineOptions& options) {
  const sigset_t signals = BlockSignals();
  auto listen = wire::Address::Parse(options.listen);
  if (!listen.ok()) return Fail(std::string(listen.status().message()));
  if (!listen->is_local())
    return Fail("refuses to listen on " + options.listen + ": it serves this machine only");

  try {
    wire::SessionConfiguration trial;
    for (const auto& [key, value] : options.settings) trial.Set(key, value);
  } catch (const spark::Error& error) {
    return Fail(error.message());
  }
  const std::string warehouse = std::filesystem::absolute(options.warehouse).lexically_normal().string();
  std::unique_ptr<catalog::Catalog> catalog;
  if (options.catalog.empty()) {
    catalog = OpenOwnCatalog(warehouse);
  } else {
    auto connected = ConnectCatalog(options.catalog, warehouse, options.limits);
    if (!connected.ok()) return Fail(std::string(connected.status().message()));
    catalog = *std::move(connected);
  }
  EngineRuntime runtime({.memory_limit = MemoryForDuckDb(options.memory),
                         .threads = options.threads,
                         .temp_directory = options.temp},
                        std::move(catalog));
  ConnectExecutor executor(runtime, options.limits, options.settings);
  const base::SteadyClock clock;
  auto server = wire::ConnectServer::Start({*std::move(listen), options.limits}, &executor, &clock);
  if (!server.ok()) return Fail(std::string(server.status().message()));

  std::cout << "hearth engine ready on " << (*server)->address().ToString() << std::endl;
  const bool is_told = ServeUntilStopped(signals, **server, executor);
  if (is_told) (*server)->Shutdown(options.grace);
  if (!is_told || !executor.WaitUntilIdle(kLastWait)) {
    // All are cancelled, but DuckDB looks for that only between the passes of its optimizer. There is nothing
    // to wait for: what the process held is the system's to take back.
    std::cerr << "hearth engine: ends with an operation that does not stop" << std::endl;
    std::_Exit(0);
  }
  return 0;
}

}  // namespace hearth::engine
